"""What past contacts were about: per topic and language the agent's note, how it ended, and the SMS that followed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """One way a contact about a topic can have gone."""

    note: str
    #: Code of the disposition.
    ending: str
    #: Before, during or after the delivery.
    phase: str
    #: Code of the SMS template that could follow; empty for none.
    sms: str = "thanks"


#: (topic, language) -> ways it went. A language lacks the topics that nobody chooses in it.
STORIES: dict[tuple[str, str], tuple[Story, ...]] = {
    ("track_parcel", "en"): (
        Story("Asked where the parcel is. It is at the depot, out tomorrow morning.", "information_given", "during",
              "parcel_status"),
        Story("No scan for two days. Started a trace, customer will hear from us by text.", "trace_started", "during",
              "parcel_status"),
        Story("Link in the tracking mail did not open. Read the status out, sent nothing new.", "resolved", "during"),
    ),
    ("not_received", "en"): (
        Story("Marked delivered yesterday, nobody signed. Neighbours asked, nothing there. Trace started.",
              "trace_started", "after", "parcel_status"),
        Story("Found with the concierge while we spoke.", "resolved", "after"),
        Story("Second call about the same parcel. Promised a call-back once the driver is asked.",
              "callback_promised", "after", "callback_promised"),
    ),
    ("change_delivery", "en"): (
        Story("Moved the delivery to Friday afternoon.", "order_changed", "during", "parcel_status"),
        Story("Wants the parcel at the office instead of home. Address checked and changed.", "order_changed", "during",
              "parcel_status"),
        Story("Too late to change, the van is on its way. Explained the safe-place option.", "information_given",
              "during"),
    ),
    ("damaged_parcel", "en"): (
        Story("Box crushed at one corner, contents broken. Photos asked for by mail.", "complaint_opened", "after",
              "complaint_received"),
        Story("Offered the carriage back for the dented box; customer accepts.", "compensation_offered", "after"),
        Story("Outer box wet, contents fine. Customer only wanted it noted.", "resolved", "after", ""),
    ),
    ("late_parcel", "en"): (
        Story("Two days late for a birthday. Apologised, complaint taken up.", "complaint_opened", "during",
              "complaint_received"),
        Story("Delay by snow at the hub. Explained, customer understands.", "information_given", "during",
              "parcel_status"),
        Story("Express paid, standard delivered. Difference offered back.", "compensation_offered", "after"),
    ),
    ("service_complaint", "en"): (
        Story("Driver left the gate open. Passed on to the depot, answer promised.", "complaint_opened", "after",
              "complaint_received"),
        Story("Was put through twice before. Listened, apologised, solved here.", "resolved", "after"),
        Story("Wants to speak with the manager; call-back agreed for the afternoon.", "callback_promised", "after",
              "callback_promised"),
    ),
    ("book_pickup", "en"): (
        Story("Pick-up of three cartons booked for tomorrow, 10:00 to 12:00.", "pickup_booked", "before",
              "pickup_confirmed"),
        Story("Pick-up moved by a day, the goods are not packed yet.", "order_changed", "before", "pickup_confirmed"),
        Story("Asked which sizes the driver takes. Explained, will book online.", "information_given", "before", ""),
    ),
    ("prices_and_times", "en"): (
        Story("Price for 12 kg to Oslo, express and standard. Will think about it.", "information_given", "before", ""),
        Story("Compared prices for weekly shipments; passed on to sales.", "passed_on", "before"),
    ),
    ("customs_papers", "en"): (
        Story("Commercial invoice was missing. Explained the three copies.", "information_given", "before"),
        Story("Held at customs, value not stated. Customer sends the receipt today.", "callback_promised", "during",
              "callback_promised"),
    ),
    ("track_parcel", "zh_Hans"): (
        Story("查询包裹位置，已到分拨中心，明天上午派送。", "information_given", "during", "parcel_status"),
        Story("两天没有扫描记录，已发起追查，结果短信通知。", "trace_started", "during", "parcel_status"),
    ),
    ("chinese_parcel", "zh_Hans"): (
        Story("客户询问清关进度，已说明还需两天。", "information_given", "during", "parcel_status"),
        Story("显示已签收但没收到，已联系派送员核实，今天回电。", "callback_promised", "after", "callback_promised"),
        Story("要求改到公司地址，已核对并修改。", "order_changed", "during", "parcel_status"),
    ),
    ("chinese_pickup", "zh_Hans"): (
        Story("预约明天上午取件，共五箱。", "pickup_booked", "before", "pickup_confirmed"),
        Story("咨询寄往欧洲的价格和时效，已说明。", "information_given", "before"),
    ),
    ("chinese_other", "zh_Hans"): (
        Story("询问发票怎么开，已转交财务同事。", "passed_on", "after"),
        Story("想更新联系电话，已在资料中修改。", "resolved", "before"),
    ),
    ("damaged_parcel", "zh_Hans"): (
        Story("外箱破损，里面的物品碎了，请客户发照片，已登记投诉。", "complaint_opened", "after",
              "complaint_received"),
        Story("已提出退还运费，客户接受。", "compensation_offered", "after"),
    ),
    ("late_parcel", "zh_Hans"): (
        Story("比承诺晚了三天，客户很着急。已致歉并登记投诉。", "complaint_opened", "during", "complaint_received"),
        Story("因天气延误，已解释，客户表示理解。", "information_given", "during", "parcel_status"),
    ),
    ("track_parcel", "zh_Hant"): (
        Story("查詢包裹位置，已到轉運中心，明天上午派送。", "information_given", "during", "parcel_status"),
        Story("兩天沒有掃描紀錄，已發起追查，結果以簡訊通知。", "trace_started", "during", "parcel_status"),
    ),
    ("chinese_parcel", "zh_Hant"): (
        Story("客戶詢問清關進度，已說明還需兩天。", "information_given", "during", "parcel_status"),
        Story("顯示已簽收但沒收到，已聯絡送貨員確認，今天回電。", "callback_promised", "after", "callback_promised"),
        Story("要求改送到公司，已核對並修改地址。", "order_changed", "during", "parcel_status"),
    ),
    ("chinese_pickup", "zh_Hant"): (
        Story("預約明天下午取件，共兩箱茶葉，需防水。", "pickup_booked", "before", "pickup_confirmed"),
        Story("詢問寄往歐洲的價格與時效，已說明。", "information_given", "before"),
    ),
    ("chinese_other", "zh_Hant"): (
        Story("詢問發票抬頭如何更改，已轉交財務同事。", "passed_on", "after"),
        Story("想更新聯絡電話，已在資料中修改。", "resolved", "before"),
    ),
    ("damaged_parcel", "zh_Hant"): (
        Story("外箱破損，內容物碎裂，請客戶寄照片，已登記投訴。", "complaint_opened", "after", "complaint_received"),
        Story("已提出退還運費，客戶接受。", "compensation_offered", "after"),
    ),
    ("late_parcel", "zh_Hant"): (
        Story("比承諾晚了三天，客戶很著急。已致歉並登記投訴。", "complaint_opened", "during", "complaint_received"),
        Story("因天氣延誤，已說明，客戶表示理解。", "information_given", "during", "parcel_status"),
    ),
}  # fmt: skip

#: Topic -> how often it is chosen, against the others of the language.
SHARES: dict[str, dict[str, int]] = {
    "en": {
        "track_parcel": 30, "not_received": 14, "change_delivery": 12, "damaged_parcel": 8, "late_parcel": 8,
        "service_complaint": 4, "book_pickup": 14, "prices_and_times": 6, "customs_papers": 4,
    },
    "zh_Hans": {
        "chinese_parcel": 45, "chinese_pickup": 20, "chinese_other": 8, "track_parcel": 10, "damaged_parcel": 9,
        "late_parcel": 8,
    },
    "zh_Hant": {
        "chinese_parcel": 45, "chinese_pickup": 20, "chinese_other": 8, "track_parcel": 10, "damaged_parcel": 9,
        "late_parcel": 8,
    },
}  # fmt: skip

#: What customers write back to a text of ours.
REPLIES = {
    "en": ("Thank you, that helps.", "OK, I will be at home.", "Great service, thanks!", "Is there any news?",
           "Please ring the side door."),
    "zh_Hans": ("谢谢，知道了。", "好的，我在家。", "请问有消息了吗？", "麻烦放在前台。"),
    "zh_Hant": ("謝謝，了解。", "好的，我會在家。", "請問有消息了嗎？", "麻煩放在管理室。"),
}  # fmt: skip

#: Notes that colleagues left on a profile, beside those that are pinned.
NOTES = {
    "en": ("Moved house last year; the old address still turns up on labels.", "Likes a text before the driver comes.",
           "Parcels may go to the shop next door.", "Asked for the invoice as PDF, not by post."),
    "zh_Hans": ("白天请打公司电话。", "小区需要登记，快递员请提前联系。", "喜欢先收到短信再接电话。"),
    "zh_Hant": ("白天請打公司電話。", "管理員可以代收。", "喜歡先收到簡訊再接電話。"),
}  # fmt: skip
