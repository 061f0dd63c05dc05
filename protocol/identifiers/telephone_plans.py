"""How numbers were once written in the numbering plans of the Americas, and what they became.

Each change stands with its date and its announcement: mostly the state's communication in the ITU's Operational
Bulletin, as collected by the World Telephone Numbering Guide. Only changes since 2000 are read. Older ones (Argentina and
the Caribbean codes out of 809 in the nineties, Peru's area codes of 2003) gave the same digits to other subscribers since,
so that nobody could tell an old number from a new one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """`old`, a regular expression for a national number as it was, and `new`, the template of what it became.

    `old` may begin with a trunk 0. `with_area`: only where the writing shows that the area code is in it (+, 00 or a
    trunk 0); in local writing the same digits are somebody else's.
    """

    old: re.Pattern[str]
    new: str
    with_area: bool


def _change(old: str, new: str, *, with_area: bool = False) -> Change:
    return Change(re.compile(old, re.ASCII), new, with_area)


_TRUNK_ZERO = _change(r"0([1-9]\d+)", r"\1")
"""A zero before the number, where the plan of today has none."""

CHANGES: dict[int, tuple[Change, ...]] = {
    # Belize, 1 May 2002 (BTL): district and exchange, now district, 2, exchange; mobiles 1 became 61.
    501: (_TRUNK_ZERO, _change(r"0?([234578])(\d{5})", r"\g<1>2\2"), _change(r"0?1(\d{5})", r"61\1")),
    # Guatemala, 18 September 2004 (Telgua): eight digits; mobiles began with 5 or had 0, 1 or 9 in second place.
    502: (
        _change(r"(5\d{6}|[2-9][019]\d{5})", r"5\1"),
        _change(r"([2-4][2-8]\d{5})", r"2\1"),
        _change(r"(6[2-8]\d{5})", r"6\1"),
        _change(r"([7-9][2-8]\d{5})", r"7\1"),
    ),
    # El Salvador, 14 May 2005 (SIGET): eight digits.
    503: (_change(r"([2-6]\d{6})", r"2\1"), _change(r"([7-9]\d{6})", r"7\1")),
    # Honduras: mobiles 25 February 2007, fixed 14 November 2010 (CONATEL). An 8 may have been either.
    504: (_change(r"([24-8]\d{6})", r"2\1"), _change(r"(3\d{6})", r"3\1"), _change(r"([89]\d{6})", r"9\1")),
    # Nicaragua, 22 April 2009 (TELCOR): 2 before fixed numbers, 8 before mobiles.
    505: (_TRUNK_ZERO, _change(r"0?([2357]\d{6})", r"2\1"), _change(r"0?([68]\d{6})", r"8\1")),
    # Costa Rica, 20 March 2008 (ICE): 2 before fixed numbers, 8 before mobiles.
    506: (_change(r"([24567]\d{6})", r"2\1"), _change(r"([389]\d{6})", r"8\1")),
    # Panama, 2005: 6 before mobiles, as their numbers show; the announcement was not at hand.
    507: (_change(r"(6\d{6})", r"6\1"),),
    # Haiti, 1 March 2008 (CONATEL): 2 before fixed numbers, 3 before mobiles, 9 before those of the Internet's carriers.
    509: (
        _change(r"(2\d{6})", r"2\1"),
        _change(r"([4-79]\d{6}|8[0-46]\d{5})", r"3\1"),
        _change(r"(8[5789]\d{5})", r"9\1"),
    ),
    # Peru: mobiles 5 April 2008, without their area since 4 September 2010 (MTC).
    51: (
        _change(r"0?1?(9\d{7})", r"9\1"),
        _change(r"0?(?:1|[4-8][1-7])(9\d{8})", r"\1"),
        _change(r"0?54(9\d{6})", r"95\1"),
        _change(r"0?44(9\d{6})", r"94\1"),
        _change(r"0?73(9\d{6})", r"96\1"),
        _change(r"0?74(9\d{6})", r"97\1"),
        _change(r"0?(4[123]|5[1236]|6[1-7]|7[26]|8[234])9(\d{6})", r"9\1\2"),
    ),
    # Mexico: 044, 045 and 01 ended on 3 August 2019, the 1 after +52 with them (IFT).
    52: (_change(r"(?:04[45]|01|1)([2-9]\d{9})", r"\1"),),
    # Argentina: 15 behind the area code at home, 9 before it from abroad; written together they are too many.
    54: (
        _change(r"9(\d{2})15(\d{8})", r"9\1\2"),
        _change(r"9(\d{3})15(\d{7})", r"9\1\2"),
        _change(r"9(\d{4})15(\d{6})", r"9\1\2"),
    ),
    # Brazil: the ninth digit of mobiles, 29 July 2012 to 6 November 2016 (Anatel, resolution 553/2010).
    55: (_change(r"(\d{2})([6-9]\d{7})", r"\g<1>9\2"),),
    # Chile: 2 before fixed numbers, November 2012 to July 2013, 9 before mobiles by 2016 (Subtel). Mobiles never began with
    # 2 or 3 then; a trunk 0 tells an area code from a mobile's first digits.
    56: (
        _TRUNK_ZERO,
        _change(r"0?2([2-9]\d{6})", r"22\1"),
        _change(r"0?(3[2-5])([2-9]\d{5})", r"\g<1>2\2"),
        _change(r"0(4[1-35]|5[1-3578]|6[13-57]|7[1-35])([2-9]\d{5})", r"\g<1>2\2"),
        _change(r"([89]\d{7})", r"9\1"),
    ),
    # Colombia, 1 September 2021 (CRC, resolution 5826 of 2019): 60 before area code and fixed number.
    57: (_change(r"0?([124-8][2-9]\d{6})", r"60\1"),),
    # Venezuela, 2000 (CONATEL): 014 became 0414, and Caracas 02 became 0212.
    58: (_change(r"0?(1[246]\d{7})", r"4\1"), _change(r"0?2([2-9]\d{6})", r"212\1", with_area=True)),
    # Bolivia, 20 October 2001 (SITTEL): a region's digit, 2, 3 or 4, before seven digits. The former area code and number
    # are those seven, and most ranges exist in one region only.
    591: (_change(r"0?(\d{7})", r"2\1"), _change(r"0?(\d{7})", r"3\1"), _change(r"0?(\d{7})", r"4\1")),
    592: (_TRUNK_ZERO,),
    # Ecuador, 30 September 2012 (Conatel): 9 before mobiles.
    593: (_change(r"0?([89]\d{7})", r"9\1"),),
    597: (_TRUNK_ZERO,),
    # Uruguay, 29 August 2010 (URSEC): 4 before the area codes of the interior; in Montevideo 2 joined the number.
    598: (_change(r"0?(3\d{6}|4[013-9]\d{5}|[5-7]\d{6})", r"4\1", with_area=True),),
}

_WITHOUT_AREA = {
    # Mobiles and fixed lines as dialled within their own area, whose length passes for a whole number.
    54: r"15\d{6,8}",
    55: r"9\d{8}|[2-9]\d{7}",
    598: r"[2-9]\d{6}",
}


def as_written_today(country_code: int, national: str, *, with_area: bool) -> Iterator[str]:
    """What `national`, the digits behind +`country_code`, may have become; none where no change is known.

    Whether an outcome is a number at all, the caller finds out. `with_area`: see `Change`.
    """
    for change in CHANGES.get(country_code, ()):
        found = change.old.fullmatch(national)
        if found and (with_area or not change.with_area):
            yield found.expand(change.new)


def lacks_area(country_code: int, national: str) -> bool:
    """Whether an unassigned number has the form that subscribers of one area dial among themselves."""
    return re.fullmatch(_WITHOUT_AREA.get(country_code, "(?!)"), national) is not None
