"""What is suspected of a signal's unit, in words."""

from fleet.signals import Catalogue
from usecases.commissioning_words import Sentence
from usecases.unit_doubts import UnitDoubt

_SHOWN = {"degC": ("°C", "°C"), "degF": ("°F", "°F"), "ratio": ("比例（0-1）", "a ratio (0-1)"), "1": ("", "")}
_UNUSUAL = ("数值异常", "an unusual value")
_FINDINGS = {"always_zero": ("始终为 0，可能未接线", "always 0, perhaps not wired")}


def doubt_words(doubt: UnitDoubt, catalogue: Catalogue) -> Sentence:
    """ "Engine oil pressure 3.6 looks like bar (it would be 360 kPa)"."""
    signal = catalogue[doubt.signal]
    unit, _ = shown_unit(signal.unit)
    suspected = Sentence(zh=shown_unit(doubt.suspicion)[0], en=shown_unit(doubt.suspicion)[1])
    if doubt.median is None:
        is_unit = doubt.suspicion != "out_of_limits"
        return Sentence(
            zh=f"{signal.zh}有 {doubt.values} 个值超出物理范围" + f"（可能是 {suspected.zh}）" * is_unit,
            en=f"{signal.en}: {doubt.values} values out of the physical limits"
            + f" (perhaps {suspected.en})" * is_unit,
        )
    value = f"{doubt.median:.4g} {unit}".rstrip()
    if doubt.would_be is None:
        zh, en = _FINDINGS.get(doubt.suspicion, _UNUSUAL)
        return Sentence(zh=f"{signal.zh} {value}：{zh}", en=f"{signal.en} {value}: {en}")
    sent, would = f"{doubt.median:.4g}", f"{doubt.would_be:.4g} {unit}".rstrip()
    if not doubt.certain:
        return Sentence(
            zh=f"{signal.zh} {sent}：可能确为 {value}（少见），也可能按 {suspected.zh} 发送（应为 {would}）",
            en=f"{signal.en} {sent}: perhaps really {value}, which is unusual, or sent as {suspected.en} "
            f"(it would be {would})",
        )
    return Sentence(
        zh=f"{signal.zh} {sent} 像是 {suspected.zh}（应为 {would}）",
        en=f"{signal.en} {sent} looks like {suspected.en} (it would be {would})",
    )


def shown_unit(unit: str) -> tuple[str, str]:
    """A unit as people write it, zh and en: degC is °C."""
    return _SHOWN.get(unit, (unit, unit))
