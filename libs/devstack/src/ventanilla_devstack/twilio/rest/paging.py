"""Lists, page by page, newest first; the token of a page names what stood last on the one before."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from ventanilla_devstack.twilio.errors import ApiError
from ventanilla_devstack.twilio.records import Json

T = TypeVar("T")
_DEFAULT, _MOST = 50, 1_000
_OWN = frozenset({"Page", "PageToken"})


def page(
    found: Sequence[T],
    query: Mapping[str, str],
    *,
    path: str,
    key: str,
    name: Callable[[T], str],
    shape: Callable[[T], Json],
) -> Json:
    """One page.

    Args:
        path: of the list.
        key: under which the entries stand.

    Raises:
        ApiError: 20007 for too large a page, 20001 for no number.
    """
    size, number = _whole(query, "PageSize", _DEFAULT), _whole(query, "Page", 0)
    if size > _MOST:
        raise ApiError(20007, "Page size too large")
    size = max(size, 1)
    token = query.get("PageToken", "")
    start = number * size
    if token:
        start = next((at + 1 for at, each in enumerate(found) if name(each) == token.removeprefix("PA")), start)
    shown = found[start : start + size]
    more = start + size < len(found)
    kept = {each: value for each, value in query.items() if each not in _OWN} | {"PageSize": str(size)}

    def address(**changes: str) -> str:
        return f"{path}?{urlencode(kept | changes)}"

    following = address(Page=str(number + 1), PageToken=f"PA{name(shown[-1])}") if more else None
    before = number - 1
    back = None
    if number > 0:
        earlier = max(start - size - 1, -1)
        back = address(Page=str(before), **({"PageToken": f"PA{name(found[earlier])}"} if earlier >= 0 else {}))
    return {
        key: [shape(each) for each in shown],
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(start + len(shown) - 1, 0),
        "uri": address(Page=str(number), **({"PageToken": token} if token else {})),
        "first_page_uri": address(Page="0"),
        "next_page_uri": following,
        "previous_page_uri": back,
    }


def within(moment: datetime | None, query: Mapping[str, str], name: str) -> bool:
    """Whether a moment is one of those asked for: `Name` (that day), `Name>` and `Name<` (a day or a moment), in UTC.

    Raises:
        ApiError: one of them is no date.
    """
    for suffix in ("", ">", "<"):
        text = query.get(name + suffix)
        if not text:
            continue
        if moment is None:
            return False
        wanted, is_day = _moment(text)
        end = wanted + timedelta(days=1) if is_day else wanted
        if suffix == "" and wanted.date() != moment.date():
            return False
        if suffix == ">" and moment < wanted:
            return False
        if suffix == "<" and (moment >= end if is_day else moment > wanted):
            return False
    return True


def _moment(text: str) -> tuple[datetime, bool]:
    try:
        if len(text) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(text), time(), UTC), True
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ApiError(20001, f"'{text}' is not a valid date") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)), False


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise ApiError(20001, f"{name} must be a number")
    return int(text)
