"""Arithmetic on stretches of time: sorted, disjoint, half-open, in microseconds."""

from collections.abc import Iterable, Sequence

from storage.read_readings import Span


def union(spans: Iterable[Span]) -> list[Span]:
    """The spans sorted, with those that touch or overlap made one; empty ones are left out."""
    joined: list[Span] = []
    for span in sorted((s for s in spans if s.from_us < s.to_us), key=lambda s: s.from_us):
        if joined and span.from_us <= joined[-1].to_us:
            joined[-1] = Span(joined[-1].from_us, max(joined[-1].to_us, span.to_us))
        else:
            joined.append(span)
    return joined


def intersection(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """What lies in both; each side sorted and disjoint."""
    found: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        first, last = max(left[i].from_us, right[j].from_us), min(left[i].to_us, right[j].to_us)
        if first < last:
            found.append(Span(first, last))
        if left[i].to_us < right[j].to_us:
            i += 1
        else:
            j += 1
    return found


def difference(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """What lies in `left` and not in `right`; each side sorted and disjoint."""
    if not left or not right:
        return list(left)
    hull = Span(left[0].from_us, left[-1].to_us)
    edges = [hull.from_us, *(edge for s in right for edge in (s.from_us, s.to_us)), hull.to_us]
    outside = [Span(edges[k], edges[k + 1]) for k in range(0, len(edges), 2) if edges[k] < edges[k + 1]]
    return intersection(left, outside)


def whole_cells(spans: Sequence[Span], width_us: int) -> list[Span]:
    """The part of each span that is made of whole cells of a grid from 1970."""
    inner = (Span(-(-s.from_us // width_us) * width_us, s.to_us // width_us * width_us) for s in spans)
    return [s for s in inner if s.from_us < s.to_us]


def touched_cells(spans: Sequence[Span], width_us: int) -> list[Span]:
    """All cells of a grid from 1970 that the spans touch."""
    return union(Span(s.from_us // width_us * width_us, -(-s.to_us // width_us) * width_us) for s in spans)


def length_us(spans: Iterable[Span]) -> int:
    """Microseconds in all."""
    return sum(s.to_us - s.from_us for s in spans)
