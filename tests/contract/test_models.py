"""Every registered model has its card, and docs/models.md is what the cards say."""

from __future__ import annotations

from pathlib import Path

from diagnosis.detectors.registry import DETECTORS
from diagnosis.models_doc import FIELDS, TARGET, cards, models_page
from diagnosis.wear.registry import LIFE_MODELS

ROOT = Path(__file__).resolve().parents[2]


def test_every_registered_model_has_a_whole_card_and_no_other_has():
    known = cards()
    assert {kind: set(named) for kind, named in known.items()} == {"detector": set(DETECTORS), "rul": set(LIFE_MODELS)}
    for named in known.values():
        for card in named.values():
            assert set(card) == {"title", "method", "measured", *FIELDS}
            assert (ROOT / str(card["method"])).exists()
            assert card["measured"]


def test_the_page_is_what_the_cards_say():
    assert TARGET.read_text(encoding="utf-8") == models_page(), "run python -m diagnosis.models_doc"
