"""Sentences that ask for no more texts, sentences that may, and sentences about parcels, gates and drivers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sms_wish import Wish, wish_of

CLEAR = """
please stop
Please stop!
stop please, thanks
just stop it
Please stop texting me
PLEASE STOP TEXTING ME!!!
stop messaging me
Stop sending me messages
Hi, please stop sending these texts. Thanks
can you stop texting me
Could you please stop sending updates?
stop the texts
Stop all these messages now
Don't text me
do not text me again
Don’t message me any more
dont text me anymore
do not send me any more texts
Please do not send any more messages to this number
never text me again
no more texts
No more messages please
I don't want any more texts
I do not want to receive your messages
I no longer wish to receive text messages
I don't want to be contacted
please unsubscribe me
Unsubscribe me from this list
remove my number from your list
take me off your list
Take me off this list please
opt me out
I want to opt out
I want to unsubscribe
I asked you to stop texting me
I told you to stop sending me texts
Stop texting me or I will complain
stop texting me, I am not your customer
stop spamming me
stop bothering me
The parcel came. Now stop texting me.
Don't text me, call me instead
stop contacting me
别再发短信给我
请不要再给我发短信了
不要再發簡訊給我
不要再傳簡訊給我
請別再傳訊息給我
请停止发送短信
停止發送簡訊
不想再收到你们的短信
我不想再收到這些簡訊
请退订
我要退订
麻煩退訂，謝謝
帮我退订
取消订阅
取消短信通知
不要再联系我
請不要再聯絡我
请不要再打扰我
别再骚扰我
以后不要再发短信给我
包裹收到了，不要再发短信了
您好，请不要再发送信息
我不要收簡訊
請不要發簡訊給我，打電話
这是第三次了，请不要给我发送任何消息
I want you to stop texting me
拒收短信
请停止
把我从名单里删除
请勿再发短信
别烦我
"""

PERHAPS = """
stop texting me at night
please don't text me before 9
Don't text me until Friday
stop texting me about the survey
Stop texting my wife
when will you stop texting me
how do I unsubscribe
How can I stop these messages?
too many texts
I am sick of these messages
who gave you my number
You have the wrong number
leave me alone
Stop texting me but do send the code
stop sending texts, except when the parcel is at the door
only text me about delivery, stop sending surveys
If you stop texting me I will be happy
this is spam
Please stop calling me
cancel text messages
No texts please
不要再打電話給我
晚上不要发短信给我
10点以后别再发短信
不要发短信到旧号码
短信太多了
不用再发短信了
不用發簡訊給我，我已經收到了
怎么退订
如何退訂
别再发了
不要发了
你们发错人了
不要再发短信给我，但是送到时通知我
"""

NOTHING = """
please stop at gate 5
Please stop at the gate and ring the bell
the driver did not stop
The driver didn't stop at my door
Don't stop sending updates
Please don't stop texting me
I don't want you to stop texting me
No update yet?
I did not get any messages
please never stop sending messages
do not unsubscribe me
Why did you stop texting me?
You stopped sending updates
It is next to the bus stop
stop by after five please
Can the driver stop in the yard?
my parcel has not arrived
Please cancel the delivery
cancel my order
Please remove the old address
Thank you, all good
Stop the delivery, I am away
Please stop the parcel
don't leave it at the door
Do not send it to the shop
yes
1
5 very good
The text on the label was wrong
when will it stop raining
no more than two boxes
请停在5号门
司机没有停
司機沒有停下來
不要停止发送通知
请不要退订
别停，继续发短信
为什么不发短信给我
为什么不给我发通知
没收到短信
取消订单
请取消派送
停止派送
不要送到公司
请不要放在门口
不要发货
不要寄到旧地址
别的包裹呢
谢谢，已收到
请发短信给我
收到短信了，谢谢
好的
明天再送
"""


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


@pytest.mark.parametrize("text", lines(CLEAR))
def test_plain_demands(text: str) -> None:
    assert wish_of(text) is Wish.CLEAR


@pytest.mark.parametrize("text", lines(PERHAPS))
def test_what_a_person_must_decide(text: str) -> None:
    assert wish_of(text) is Wish.PERHAPS


@pytest.mark.parametrize("text", lines(NOTHING))
def test_what_is_about_something_else(text: str) -> None:
    assert wish_of(text) is None


@given(st.text(max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    assert wish_of(text) in (None, *Wish)


@pytest.mark.parametrize("unit", ["stop ", "不要再", "please ", "do not text me any ", "text more ", "发短信给我了"])
def test_long_texts_are_read_at_once(unit: str) -> None:
    """A text of ten parts that nearly fits everywhere: no rule may take a second over it."""
    assert wish_of(unit * (1600 // len(unit))) in (None, *Wish)
