"""Working days in Denmark: Monday to Friday, without the public holidays that the law names."""

from datetime import date, timedelta
from functools import cache
from typing import Final

_SATURDAY: Final = 5
_FIXED: Final = ((1, 1), (12, 25), (12, 26))
_AFTER_EASTER: Final = (-3, -2, 1, 39, 50)
"""Maundy Thursday, Good Friday, Easter Monday, Ascension Day, Whit Monday."""
_PRAYER_DAY, _PRAYER_DAYS_UNTIL = 26, 2023
"""Great Prayer Day, which the law took away from 2024 on."""


def working_days_later(day: date, number: int) -> date:
    """The day that is so many working days after a day, which itself does not count."""
    while number > 0:
        day += timedelta(days=1)
        number -= is_working_day(day)
    return day


def is_working_day(day: date) -> bool:
    """Whether people are at work."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    moving = (*_AFTER_EASTER, *((_PRAYER_DAY,) if year <= _PRAYER_DAYS_UNTIL else ()))
    easter = _easter(year)
    return frozenset(
        [*(date(year, month, day) for month, day in _FIXED), *(easter + timedelta(days=n) for n in moving)]
    )


def _easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (the anonymous algorithm, as Meeus gives it)."""
    century, of_century = divmod(year, 100)
    lunar = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - lunar - of_century % 4) % 7
    shift = (year % 19 + 11 * lunar + 22 * weekday) // 451
    month, day = divmod(lunar + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)
