"""What a site says around its articles, in the languages of the demo."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The fixed words of a page in one language."""

    home: str
    read_also: str
    related: str
    by: str
    updated: str
    about: str
    rights: str
    date: str
    """Pattern of a printed date; fields ``day``, ``month``, ``year`` and ``time``."""
    months: str
    """The twelve names, separated by spaces."""
    rtl: bool = False


ENGLISH = Words(
    home="Home",
    read_also="Read also",
    related="More from this section",
    by="By",
    updated="Updated",
    about="About us · Contact · Corrections · Privacy",
    rights="All rights reserved",
    date="{day} {month} {year}, {time}",
    months="January February March April May June July August September October November December",
)

WORDS = {
    "en": ENGLISH,
    "id": Words(
        home="Beranda",
        read_also="Baca juga",
        related="Berita terkait",
        by="Penulis",
        updated="Diperbarui",
        about="Tentang Kami · Redaksi · Pedoman Media Siber · Kontak",
        rights="Hak cipta dilindungi undang-undang",
        date="{day} {month} {year} | {time} WIB",
        months="Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    ),
    "ja": Words(
        home="ホーム",
        read_also="あわせて読みたい",
        related="関連記事",
        by="文・",
        updated="更新",
        about="会社案内・お問い合わせ・訂正・個人情報の取り扱い",
        rights="無断転載を禁じます",
        date="{year}年{month}{day}日 {time}",
        months=" ".join(f"{number}月" for number in range(1, 13)),
    ),
    "ar": Words(
        home="الرئيسية",
        read_also="اقرأ أيضًا",
        related="مواضيع ذات صلة",
        by="كتب",
        updated="آخر تحديث",
        about="من نحن · اتصل بنا · التصويبات · سياسة الخصوصية",
        rights="جميع الحقوق محفوظة",
        date="{day} {month} {year} - {time}",
        months="يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        rtl=True,
    ),
}


def words_of(language: str) -> Words:
    """Return the words of a language; English where we have none."""
    return WORDS.get(language, ENGLISH)


def printed_date(words: Words, moment: datetime) -> str:
    """Return a date as the site prints it, in its own language."""
    return words.date.format(
        day=moment.day, month=words.months.split()[moment.month - 1], year=moment.year, time=f"{moment:%H:%M}"
    )
