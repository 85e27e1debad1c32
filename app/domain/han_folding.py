"""Traditional characters folded to simplified ones, so that 電話 finds 电话 and 國 finds 国.

Limits: only single characters that are frequent in names, addresses and the talk of couriers and complaints,
about 600; no words (軟體 and 软件 stay different). Where several traditional characters share a simplified
one they all fold to it (後 and 后, 裡 and 里), which finds a little too much, never too little. A character
that is not in the table stays as it is and is still found by itself.
"""

from __future__ import annotations

# Pairs, traditional first. One line per field of use; the order inside a line is of no meaning.
_PAIRS = (
    # talk, people and time
    "個个們们這这來来時时對对會会說说為为過过還还沒没後后從从給给讓让請请謝谢話话問问題题聽听講讲見见"
    "覺觉認认識识應应該该誰谁麼么樣样邊边裡里裏里開开關关間间門门聞闻愛爱樂乐歡欢親亲兒儿媽妈爺爷孫孙"
    "師师學学習习書书讀读寫写語语詞词點点鐘钟號号歲岁週周當当現现將将總总經经終终繼继續续絕绝變变換换"
    "處处幾几萬万億亿雙双隻只兩两單单雜杂難难離离"
    # orders, parcels and transport
    "電电訂订購购買买賣卖貨货運运輸输遞递達达遲迟違违連连進进遠远選选車车輛辆輕轻輪轮轉转載载較较軟软"
    "郵邮費费資资價价錢钱貴贵賠赔償偿質质貼贴賬账賓宾貿贸責责貧贫貪贪財财賴赖賺赚贈赠贏赢負负據据簽签"
    "檢检驗验條条碼码裝装壞坏損损濕湿潰溃丟丢錯错誤误漲涨減减補补訴诉諮咨詢询倉仓庫库區区鄉乡鎮镇縣县"
    "國国際际內内陸陆灣湾島岛廣广東东興兴寧宁龍龙鳳凤麗丽鄭郑臺台樓楼層层棟栋橋桥機机場场館馆園园廠厂"
    "廳厅廚厨莊庄嶺岭嶼屿濱滨滬沪閩闽瓊琼遼辽蘇苏薩萨蘭兰韓韩羅罗衛卫"
    # service and complaints
    "務务員员態态滿满評评禮礼罵骂騙骗詐诈殘残傷伤險险護护證证權权議议論论調调訪访談谈許许諾诺謊谎記记"
    "錄录設设備备計计劃划畫画規规則则範范圍围標标準准確确實实報报導导辦办協协罰罚賞赏獎奖勵励優优積积"
    "極极熱热線线網网絡络頁页傳传發发圖图視视頻频聲声響响靜静斷断馬马騎骑驚惊騷骚擾扰煩烦惱恼憤愤慮虑"
    "慣惯憶忆懶懒戶户擔担擇择擁拥掛挂揮挥擋挡搶抢捨舍掃扫撿捡"
    # names
    "陳陈張张劉刘黃黄趙赵吳吴楊杨葉叶蔣蒋馮冯鄧邓賀贺嚴严韋韦顧顾龔龚譚谭鄒邹盧卢蕭萧簡简闕阙齊齐龐庞"
    "聶聂藍蓝溫温鍾钟湯汤喬乔華华偉伟強强軍军紅红飛飞慶庆傑杰輝辉穎颖瑩莹嬌娇潔洁靈灵豔艳寶宝貞贞賢贤"
    "鵬鹏鴻鸿鳴鸣濤涛澤泽濟济潤润銀银鐵铁鋼钢"
    # things and numbers
    "褲裤襪袜腦脑燈灯鏡镜鍋锅盤盘藥药醫医療疗飯饭飲饮餅饼麵面魚鱼雞鸡鴨鸭豬猪葷荤蔥葱薑姜鹹咸涼凉乾干"
    "淨净髒脏臟脏壓压縮缩綠绿顏颜貳贰參参"
    # other frequent characters
    "與与於于並并無无爾尔樹树動动勞劳勢势勝胜卻却叢丛啟启喚唤喪丧嗎吗嘗尝嚇吓團团執执塊块墊垫塵尘墜坠"
    "壯壮壽寿夢梦夾夹奪夺奮奋婦妇寢寝審审寬宽屆届屬属歸归帶带幣币幫帮彈弹徑径復复複复徵征恆恒悶闷慘惨"
    "慚惭懷怀懸悬戰战戲戏拋抛掙挣擊击攝摄敗败敵敌數数昇升暈晕暫暂曉晓曆历歷历柵栅棄弃業业榮荣構构槍枪"
    "橫横檔档櫃柜欄栏歐欧殺杀毀毁氣气決决況况洩泄淚泪淺浅淵渊渾浑漁渔滅灭滾滚滯滞潛潜災灾煉炼營营爐炉"
    "爭争牽牵狀状狹狭獨独獲获獻献環环產产畢毕異异疊叠瘋疯盜盗盡尽監监眾众睏困瞭了矯矫礙碍祕秘禍祸種种"
    "稱称穩稳窮穷竊窃競竞筆笔築筑籃篮籌筹類类糧粮約约級级純纯紙纸細细組组結结統统維维綁绑綜综編编緊紧"
    "緒绪緩缓縱纵織织繞绕罷罢義义聯联聰聪職职肅肃腫肿腳脚舊旧舉举艙舱艱艰莖茎著着虛虚蟲虫蠟蜡術术衝冲"
    "襲袭褸褛觀观觸触訊讯討讨訓训託托訝讶詳详誌志誠诚誘诱課课諒谅諷讽謂谓謀谋謹谨譯译讚赞豐丰貝贝賊贼"
    "踐践蹤踪躍跃辭辞農农遊游遙遥適适遺遗邏逻醜丑釋释針针釘钉銷销鋪铺鎖锁鏈链鑰钥長长閃闪閉闭閒闲隊队"
    "陽阳陰阴階阶隨随隱隐雖虽雲云霧雾頂顶項项順顺須须預预領领頭头額额願愿顯显風风餓饿餘余驅驱體体鬆松"
    "鬧闹魯鲁鮮鲜鳥鸟麥麦黨党齒齿龜龟"
)
TO_SIMPLIFIED: dict[int, str] = {ord(old): new for old, new in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)}


def to_simplified(text: str) -> str:
    """``text`` with the characters of the table in their simplified form; the length never changes."""
    return text.translate(TO_SIMPLIFIED)
