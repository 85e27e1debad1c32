"""Texts that agents tick after a call, per code and language.

Placeholders are those that wrap-up fills: name, agent, reference. The first text needs only the agent, so that a
caller whom nobody knows can get it too.
"""

from __future__ import annotations

#: (code, language, name in the agent's list, text). English stays within GSM-7 and one part.
TEMPLATES: list[tuple[str, str, str, str]] = [
    (
        "thanks",
        "en",
        "Thank you for calling",
        "Thank you for calling Swift Harbour Express. You spoke with {agent}. Reply here if anything is still open."
        " STOP ends texts.",
    ),
    (
        "thanks",
        "zh_Hans",
        "感谢来电",
        "感谢您致电迅港速递，为您服务的是{agent}。如还有疑问，请直接回复本短信。回复“退订”不再接收。",
    ),
    (
        "thanks",
        "zh_Hant",
        "感謝來電",
        "感謝您致電迅港速遞，為您服務的是{agent}。如還有疑問，請直接回覆本簡訊。回覆「退訂」不再接收。",
    ),
    (
        "parcel_status",
        "en",
        "Parcel status",
        "Dear {name}, your parcel is on its way and due within one working day. Your reference: {reference}."
        " Swift Harbour Express",
    ),
    (
        "parcel_status",
        "zh_Hans",
        "包裹状态",
        "{name}，您好！您的包裹正在派送途中，预计一个工作日内送达。您的客户编号：{reference}。迅港速递",
    ),
    (
        "parcel_status",
        "zh_Hant",
        "包裹狀態",
        "{name}，您好！您的包裹正在派送途中，預計一個工作天內送達。您的客戶編號：{reference}。迅港速遞",
    ),
    (
        "pickup_confirmed",
        "en",
        "Pick-up confirmed",
        "Your pick-up is booked, {name}. Our driver calls before arrival. Your reference: {reference}."
        " Swift Harbour Express",
    ),
    (
        "pickup_confirmed",
        "zh_Hans",
        "取件确认",
        "{name}，您好！上门取件已预约，快递员到达前会与您联系。您的客户编号：{reference}。迅港速递",
    ),
    (
        "pickup_confirmed",
        "zh_Hant",
        "取件確認",
        "{name}，您好！上門取件已預約，快遞員到達前會與您聯絡。您的客戶編號：{reference}。迅港速遞",
    ),
    (
        "complaint_received",
        "en",
        "Complaint received",
        "We are sorry, {name}. {agent} has taken up your complaint and answers within two working days."
        " Reference: {reference}",
    ),
    (
        "complaint_received",
        "zh_Hans",
        "已收到投诉",
        "{name}，非常抱歉给您带来不便。{agent}已受理您的投诉，两个工作日内给您答复。客户编号：{reference}",
    ),
    (
        "complaint_received",
        "zh_Hant",
        "已收到投訴",
        "{name}，非常抱歉造成您的不便。{agent}已受理您的投訴，兩個工作天內給您答覆。客戶編號：{reference}",
    ),
    (
        "callback_promised",
        "en",
        "Call-back promised",
        "As promised, {agent} of Swift Harbour Express will call you back today before 18:00.",
    ),
    (
        "callback_promised",
        "zh_Hans",
        "承诺回电",
        "迅港速递的{agent}将按约定在今天18:00前给您回电。",
    ),
    (
        "callback_promised",
        "zh_Hant",
        "承諾回電",
        "迅港速遞的{agent}將依約在今天18:00前回電給您。",
    ),
]
