"""How much is recounted in one transaction follows how long it lasts."""

from ingest.rollups import HOLD_S, Portion


def test_on_a_machine_of_any_speed_a_transaction_comes_to_last_as_long_as_it_should() -> None:
    for s_a_range in (1e-4, 4e-4, 1e-3, 5e-3):
        portion = Portion()
        for _ in range(8):
            portion.lasted(0.02 + portion.size * s_a_range, portion.size)
        lasts_s = 0.02 + portion.size * s_a_range
        assert portion.size == portion.largest or lasts_s <= HOLD_S * 1.1
        assert portion.size == portion.largest or lasts_s >= HOLD_S * 0.8


def test_a_quick_rest_teaches_nothing_and_a_slow_one_does() -> None:
    portion = Portion(400)
    portion.lasted(0.001, 3)
    assert portion.size == 400
    portion.lasted(10.0, 3)
    assert portion.size == 200
    for _ in range(20):
        portion.lasted(10.0, portion.size)
    assert portion.size == portion.smallest
