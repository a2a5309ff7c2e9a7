"""The citizen's own words for what is told of them: no abbreviation, no jargon."""

from typing import Final

from hub.texts import Pair, say

YOURS: Final[dict[str, Pair]] = {
    "contact": ("hvem der er omkring dig", "who is around you"),
    "address": ("din adresse", "your address"),
    "wishes": ("dine håb og ønsker", "your hopes and wishes"),
    "plan": ("din plan og dine mål", "your plan and your goals"),
    "meetings": ("dine møder", "your meetings"),
    "agreements": ("dine aftaler", "your agreements"),
    "attendance": ("om du kom, og hvorfor ikke", "whether you came, and why not"),
    "everyday": ("din hverdag og dit hjem", "your everyday life and home"),
    "finances": ("din økonomi", "your finances"),
    "work": ("din uddannelse og dit arbejde", "your education and work"),
    "health": ("hvordan du har det, og din behandling", "how you are, and your treatment"),
    "diagnosis": ("din diagnose", "your diagnosis"),
    "medication": ("din medicin", "your medicine"),
    "addiction": ("alkohol og stoffer", "alcohol and drugs"),
    "criminal": ("straffesager", "criminal matters"),
    "safety": ("vold og trusler", "violence and threats"),
    "network": ("din familie og dine venner", "your family and friends"),
    "third_party": ("hvad der står om andre", "what is said about others"),
    "measures": ("dine skemaer og svar", "your forms and answers"),
}

WHAT_FOR: Final[dict[str, Pair]] = {
    "coordination": ("så hjælpen hænger sammen", "so that the help fits together"),
    "treatment": ("til din behandling", "for your treatment"),
    "support": ("til støtte i hverdagen", "for support in everyday life"),
    "casework": ("så din sag kan behandles", "so that your case can be handled"),
    "employment": ("til hjælp med arbejde eller uddannelse", "for help with work or education"),
    "emergency": ("i en nødsituation", "in an emergency"),
}


def listed(found: list[str]) -> str:
    """Several words as one says them: a, b og c."""
    if len(found) <= 1:
        return "".join(found)
    return f"{', '.join(found[:-1])} {say('og', 'and')} {found[-1]}"
