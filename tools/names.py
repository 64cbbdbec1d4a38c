"""Invented people: surnames and given names with readings, built from own lists of name elements.

Only the elements are listed; combining them gives thousands of surnames and given names, so that a ledger of a
million policies has about as many namesakes as a real one (the same name in 2–3 rows is normal).
"""

from dataclasses import dataclass


def _words(text: str) -> list[str]:
    return text.split()


COMMON_SURNAMES = """\
佐藤サトウ 鈴木スズキ 高橋タカハシ 田中タナカ 伊藤イトウ 渡辺ワタナベ 山本ヤマモト 中村ナカムラ 小林コバヤシ
加藤カトウ 吉田ヨシダ 山田ヤマダ 佐々木ササキ 山口ヤマグチ 松本マツモト 井上イノウエ 木村キムラ 林ハヤシ
斎藤サイトウ 清水シミズ 山崎ヤマザキ 森モリ 池田イケダ 橋本ハシモト 阿部アベ 石川イシカワ 山下ヤマシタ
中島ナカジマ 石井イシイ 小川オガワ 前田マエダ 岡田オカダ 長谷川ハセガワ 藤田フジタ 後藤ゴトウ 近藤コンドウ
村上ムラカミ 遠藤エンドウ 青木アオキ 坂本サカモト 斉藤サイトウ 福田フクダ 太田オオタ 西村ニシムラ 藤井フジイ
金子カネコ 岡本オカモト 藤原フジワラ 中野ナカノ 三浦ミウラ 原田ハラダ 中川ナカガワ 松田マツダ 竹内タケウチ
小野オノ 田村タムラ 中山ナカヤマ 和田ワダ 石田イシダ 森田モリタ 上田ウエダ 原ハラ 柴田シバタ 酒井サカイ
工藤クドウ 横山ヨコヤマ 宮崎ミヤザキ 宮本ミヤモト 内田ウチダ 高木タカギ 安藤アンドウ 谷口タニグチ 大野オオノ
丸山マルヤマ 今井イマイ 高田タカダ 藤本フジモト 武田タケダ 村田ムラタ 上野ウエノ 杉山スギヤマ 増田マスダ
平野ヒラノ 大塚オオツカ 千葉チバ 久保クボ 松井マツイ 小島コジマ 岩崎イワサキ 桜井サクライ 野口ノグチ 松尾マツオ
野村ノムラ 木下キノシタ 菊地キクチ 佐野サノ 大西オオニシ 杉本スギモト 新井アライ 浜田ハマダ 菅原スガワラ
市川イチカワ 古川フルカワ 水野ミズノ 小松コマツ 島田シマダ 小山コヤマ 高野タカノ 西田ニシダ 菊池キクチ 東ヒガシ
渡部ワタナベ 辻ツジ 川崎カワサキ 星ホシ 関セキ 伊集院イジュウイン 小鳥遊タカナシ 五十嵐イガラシ 長谷部ハセベ
二階堂ニカイドウ 久保田クボタ 大久保オオクボ 小笠原オガサワラ 佐久間サクマ 勅使河原テシガワラ"""

SURNAME_FIRST = """\
山ヤマ 川カワ 田タ 石イシ 松マツ 竹タケ 杉スギ 藤フジ 森モリ 林ハヤシ 岩イワ 島シマ 浜ハマ 沢サワ 高タカ 長ナガ
大オオ 小コ 中ナカ 上カミ 下シモ 西ニシ 北キタ 南ミナミ 東ヒガシ 前マエ 安ヤス 吉ヨシ 福フク 宮ミヤ 寺テラ
堀ホリ 水ミズ 滝タキ 池イケ 沖オキ 岡オカ 坂サカ 谷タニ 野ノ 原ハラ 草クサ 桜サクラ 梅ウメ 柳ヤナギ 榎エノキ
柏カシワ 栗クリ 桑クワ 秋アキ 春ハル 夏ナツ 冬フユ 雪ユキ 白シロ 黒クロ 赤アカ 青アオ 金カネ 銀ギン 鉄テツ
玉タマ 鈴スズ 鶴ツル 亀カメ 熊クマ 鹿シカ 猪イノ 犬イヌ 鷹タカ 菊キク 荒アラ 新ニイ 古フル 若ワカ 今イマ 平ヒラ
広ヒロ 深フカ 浅アサ 細ホソ 丸マル 角カド 横ヨコ 奥オク 内ウチ 外ソト 門カド 戸ト 倉クラ 船フネ 塩シオ 米ヨネ
稲イネ 飯イイ 麻アサ 絹キヌ 織オリ 矢ヤ 弓ユミ 城シロ 里サト"""

SURNAME_SECOND = """\
田タ 川カワ 山ヤマ 村ムラ 本モト 木キ 野ノ 原ハラ 井イ 島シマ 崎サキ 沢サワ 浜ハマ 谷タニ 口グチ 下シタ 上ウエ
部ベ 辺ベ 塚ツカ 岡オカ 坂サカ 森モリ 林バヤシ 松マツ 藤フジ 橋ハシ 瀬セ 津ツ 江エ 浦ウラ 尾オ 倉クラ 屋ヤ 場バ
戸ド 水ミズ 池イケ 沼ヌマ 岩イワ 石イシ 宮ミヤ 寺デラ 内ウチ 園ゾノ 町マチ 里サト 丸マル 永ナガ 守モリ 見ミ
代シロ 垣ガキ 根ネ 間マ 越コシ 滝タキ 峰ミネ 巻マキ 城シロ 越川コシカワ 田川タガワ"""

GIVEN_FIRST = """\
健ケン 翔ショウ 大ダイ 拓タク 直ナオ 和カズ 正マサ 雅マサ 弘ヒロ 浩ヒロ 博ヒロ 裕ユウ 優ユウ 悠ユウ 勇ユウ
雄ユウ 光コウ 孝タカ 隆タカ 貴タカ 義ヨシ 良ヨシ 芳ヨシ 信ノブ 伸ノブ 康ヤス 靖ヤス 保ヤス 明アキ 昭アキ 章アキ
秋アキ 春ハル 晴ハル 陽ヨウ 洋ヨウ 俊トシ 敏トシ 利トシ 寿トシ 清キヨ 潔キヨ 幸ユキ 行ユキ 雪ユキ 由ユ 美ミ 真マ
麻マ 恵メグ 智トモ 友トモ 朋トモ 知トモ 理リ 梨リ 里サト 千チ 智チ 佳カ 香カ 華ハナ 花ハナ 菜ナ 奈ナ 桜サクラ
愛アイ 彩アヤ 綾アヤ 文フミ 史フミ 早サ 沙サ 紗サ 静シズ 栄エイ 英エイ 瑛エイ 一カズ 二ジ 三サン 竜リュウ
龍リュウ 虎トラ 鉄テツ 哲テツ 徹テツ 誠マコト 実ミノル 学マナブ 亮リョウ 涼リョウ 遼リョウ 蓮レン 玲レイ 礼レイ
志シ 紀ノリ 則ノリ 憲ノリ 典ノリ 邦クニ 国クニ 富トミ 豊トヨ"""

GIVEN_SECOND_M = """\
太タ 太郎タロウ 一イチ 一郎イチロウ 二ジ 二郎ジロウ 三ゾウ 介スケ 輔スケ 助スケ 彦ヒコ 夫オ 男オ 雄オ 生オ 人ト
斗ト 翔ト 之ユキ 幸ユキ 行ユキ 也ヤ 哉ヤ 治ジ 司ジ 次ジ 史シ 志シ 樹キ 紀キ 輝キ 平ヘイ 吾ゴ 悟ゴ 明アキ 昭アキ
広ヒロ 博ヒロ 弘ヒロ 久ヒサ 信ノブ 伸ノブ 道ミチ 馬マ"""

GIVEN_SECOND_F = """\
子コ 美ミ 実ミ 海ミ 恵エ 江エ 絵エ 枝エ 代ヨ 世ヨ 香カ 花カ 佳カ 華カ 奈ナ 菜ナ 那ナ 乃ノ 音ネ 寧ネ 里リ 理リ
莉リ 梨リ 衣イ 衣子イコ 央オ 織オリ 穂ホ 帆ホ 希キ 紀キ 葉ハ 羽ハ 美子ミコ 代子ヨコ 江子エコ 香里カオリ 月ヅキ
音子ネコ"""

VARIANTS = str.maketrans("高崎沢浜島桜広国恵真竜斉斎辺吉栄豊徳富", "髙﨑澤濱嶋櫻廣國惠眞龍齊齋邊𠮷榮豐德冨")
"""Ordinary form → a variant (異体字・旧字体) that people write for the same name."""

CORPORATE_STEMS = _words("""\
青空 若葉 大和田 光和 北斗 東雲 富士見 松風 千鳥 朝日丘 旭台 清流 桜丘 緑風 三葉 丸正 山海 中央台 平和台 共栄""")
CORPORATE_TRADES = _words("""\
建設 運輸 商店 製作所 物産 印刷 食品 電機 薬局 工務店 不動産 紙業 精機 農園 水産 設備 造園 産業 興業 自動車""")


@dataclass(frozen=True, slots=True)
class Name:
    """One name element or whole name: as written, and in katakana."""

    text: str
    kana: str


def _pairs(source: str) -> list[Name]:
    """Split items such as 佐藤サトウ at the first katakana character."""
    names = []
    for item in source.split():
        cut = next(i for i, c in enumerate(item) if "ァ" <= c <= "ヶ" and c not in "ヶ")
        names.append(Name(item[:cut], item[cut:]))
    return names


def _joined(firsts: list[Name], seconds: list[Name]) -> list[Name]:
    return [Name(a.text + b.text, a.kana + b.kana) for a in firsts for b in seconds if a.text != b.text]


def surnames() -> list[Name]:
    """Common surnames first (they are drawn more often), then combinations; each spelling once."""
    unique = {
        n.text: n for n in reversed(_pairs(COMMON_SURNAMES) + _joined(_pairs(SURNAME_FIRST), _pairs(SURNAME_SECOND)))
    }
    return list(reversed(unique.values()))


def given_names(sex: str) -> list[Name]:
    """Given names, ``sex`` "M" or "F"; each spelling once."""
    seconds = _pairs(GIVEN_SECOND_M if sex == "M" else GIVEN_SECOND_F)
    unique = {n.text: n for n in _joined(_pairs(GIVEN_FIRST), seconds)}
    return list(unique.values())
