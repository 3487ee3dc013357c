"""Episodes above a detector's alarms: when they begin and end, and that no splitting of a stream changes them."""

from __future__ import annotations

import json

import numpy as np

from diagnosis.detectors.interface import Judgement
from diagnosis.detectors.persistence import QUIET, Persistence
from diagnosis.episodes import Episode, EpisodeState, closed, follow_episodes

SOME = Persistence(raise_n=2, of_m=3)


def judged(scores: list[float] | np.ndarray, state: np.ndarray | None = None) -> tuple[Judgement, np.ndarray]:
    array = np.asarray(scores, dtype=np.float64)
    alarms, later = SOME.follow(SOME.opening() if state is None else state, array)
    return Judgement(array, alarms), later


def followed(scores: list[float] | np.ndarray) -> tuple[list[Episode], EpisodeState]:
    at_us = np.arange(len(scores), dtype=np.int64)
    return follow_episodes(
        EpisodeState(), at_us, judged(scores)[0], last=3, telling=lambda row: ("oil", [("score", scores[row])])
    )


def test_an_episode_begins_with_the_row_that_was_out_first_and_ends_when_it_was_quiet():
    (opened, ended), state = followed([0, 2, 0, 3, *[0] * (QUIET + 4)])
    assert (opened.subject, opened.from_us, opened.held_us, opened.to_us) == ("oil", 1, 3, None)
    assert opened.values == (("score", 3),)
    assert (ended.from_us, ended.held_us, ended.to_us) == (1, 3, 6)  # row 6: none of the last three is out
    assert state.open is None


def test_alarms_near_to_each_other_are_one_episode():
    (opened, ended), _ = followed([2, 2, *[0] * QUIET, 2, 2, *[0] * (QUIET + 3)])
    assert (opened.to_us, ended.to_us) == (None, QUIET + 6)
    apart, _ = followed([2, 2, *[0] * (QUIET + 3), 2, 2])
    assert [one.to_us for one in apart] == [None, 4, None]


def test_what_is_not_assessed_ends_nothing():
    told, state = followed([2, 2, *[np.nan] * 200])
    assert [one.to_us for one in told] == [None]
    assert state.open == told[0]


def test_any_splitting_gives_the_same_episodes():
    draw = np.random.default_rng(0)
    calm = np.repeat(draw.random(60) < 0.5, 50)
    scores = np.where(calm, 0.0, draw.choice([0.0, 2.0, np.nan], p=[0.6, 0.3, 0.1], size=3000))
    whole, end = followed(scores)
    assert len(whole) > 10
    state, alarm, told = EpisodeState(), SOME.opening(), []
    for part in np.split(np.arange(3000), sorted(draw.choice(3000, 200, replace=False))):
        judgement, alarm = judged(scores[part], alarm)
        episodes, state = follow_episodes(
            EpisodeState.from_json(json.loads(json.dumps(state.to_json()))),
            part.astype(np.int64),
            judgement,
            last=3,
            telling=lambda row, part=part: ("oil", [("score", scores[part[row]])]),
        )
        told += episodes
    assert told == whole
    assert state == end


def test_an_episode_can_be_ended_from_outside():
    _, state = followed([2, 2, 0, 0, 0, 0])
    (ended,), after = closed(state, 100)
    assert (ended.from_us, ended.to_us, after) == (0, 4, EpisodeState())
    assert closed(EpisodeState(), 100) == ([], EpisodeState())
