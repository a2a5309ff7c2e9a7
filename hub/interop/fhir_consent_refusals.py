"""Why a FHIR Consent (or a part of one) is not taken in: a code for machines, a sentence for people."""

from typing import Final, NamedTuple


class Refusal(NamedTuple):
    """One reason. `path` says where, in FHIR's own words for the fields, and never what stands there."""

    code: str
    path: str = "Consent"


class Inexpressible(Exception):
    """A tree that no set of grants and blocks equals. It never leaves these modules: it is reported as a refusal."""

    def __init__(self, code: str, path: str = "Consent.provision") -> None:
        super().__init__(code)
        self.refusal = Refusal(code, path)


REFUSALS: Final[dict[str, tuple[str, str]]] = {
    # The statement as a whole.
    "not_valid": ("Det er ikke gyldig FHIR R4: få det rettet ved kilden.",
                  "This is not valid FHIR R4: have it put right at the source."),
    "status": ("Samtykket er ikke aktivt. Er det trukket tilbage, så brug hub consent withdraw.",
               "The consent is not active. If it is taken back, use hub consent withdraw."),
    "scope": ("Det er ikke et samtykke om oplysninger (patient-privacy).",
              "This is no consent about information (patient-privacy)."),
    "category": ("Samtykkets slags kan indeholde en regel, som hubben ikke kender.",
                 "The kind of consent can carry a rule that the hub does not know."),
    "default_permit": ("Det siger ja til alt, der ikke er nævnt (OPTIN). Hubben deler kun det, der er sagt ja til.",
                       "It says yes to whatever is not named (OPTIN). The hub shares only what is said yes to."),
    "no_base_policy": ("Det siger ikke, hvad der gælder for resten. Skriv policyRule OPTOUT.",
                       "It does not say what holds for the rest. Write policyRule OPTOUT."),
    "foreign_policy": ("Det henviser til en politik, som hubben ikke kan læse.",
                       "It rests on a policy that the hub cannot read."),
    "no_provision": ("Det siger ikke, hvem der må få hvad at vide.", "It does not say who may know what."),
    "dated_later": ("Det er dateret i fremtiden.", "It is dated in the future."),
    "performer": ("Det er givet af en anden end borgeren.", "It was given by somebody other than the citizen."),
    "custodian": ("En anden organisation forvalter samtykket, og det gælder i dens rammer. Giv et her.",
                  "Another organisation manages the consent, within its own frame. Give one here."),
    "unverified": ("Det står i samtykket, at det ikke er bekræftet.", "The consent says that it is not verified."),
    "other_patient": ("Det handler ikke om denne borger, eller det kan ikke ses, at det gør. Brug --patient.",
                      "It is not about this citizen, or one cannot tell that it is. Use --patient."),
    "modifier": ("Det har en tilføjelse, der ændrer meningen, og som hubben ikke kender.",
                 "It has an addition that changes the meaning, and that the hub does not know."),
    "too_large": ("Det er for stort eller indviklet: del det i flere.", "It is too large or tangled: split it."),
    "ended_here": ("Samtykket er sluttet her. Giv et nyt, hvis det igen skal gælde.",
                   "The consent has ended here. Give a new one if it is to hold again."),
    "other_terms": ("Samtykket findes her med andre vilkår: ret det her, eller giv et nyt.",
                    "The consent is here with other terms: change it here, or give a new one."),
    "hub_refuses": ("Hubben siger nej.", "The hub refuses."),
    # The tree.
    "untyped_root": ("Det yderste led har betingelser, men siger ikke, om det tillader eller forbyder.",
                     "The root has conditions, and does not say whether it permits or denies."),
    "no_type": ("Et led siger ikke, om det tillader eller forbyder.", "A provision says neither permit nor deny."),
    "same_type_nested": ("En undtagelse siger det samme som det, den er undtagelse fra.",
                         "An exception says the same as what it is an exception to."),
    "exception_to_deny": ("En spærring har ingen undtagelser i hubben: spær kun for det, der skal spærres.",
                          "A block has no exceptions in the hub: block only what is to be blocked."),
    "block_terms": ("En spærring i hubben gælder alle formål, kilder og tider, til den hæves.",
                    "A block in the hub holds for every purpose, source and time, until it is lifted."),
    "matches_nothing": ("Betingelserne passer ikke på noget.", "The conditions match nothing."),
    "contradiction": ("Ét led tillader det, som et andet undtager. Del dem i to samtykker, eller skriv en spærring.",
                      "One rule permits what another excepts. Make two consents of them, or write a block."),
    "starts_later": ("Det begynder senere (eller igen). Et samtykke gælder, fra det noteres.",
                     "It begins later (or anew). A consent holds from when it is recorded."),
    "period_over": ("Det er allerede slut.", "It is over already."),
    # What silence would open.
    "every_recipient": ("Det siger ikke hvem. Nævn organisationerne.", "It does not say who. Name the organisations."),
    "every_category": ("Det siger ikke hvilke oplysninger. Nævn kategorierne.",
                       "It does not say which information. Name the categories."),
    "every_purpose": ("Det siger ikke hvad det skal bruges til. Nævn formålene.",
                      "It does not say what for. Name the purposes."),
    "every_time": ("Det siger ikke fra hvilken tid oplysningerne er. Skriv dataPeriod.",
                   "It does not say of what time the information is. Write dataPeriod."),
    # Words that the hub does not have.
    "unknown_category": ("Oplysningerne er nævnt med en kode, der ikke svarer præcist til en kategori her.",
                         "The information is named by a code that is no exact category here."),
    "unknown_purpose": ("Formålet svarer ikke præcist til et formål her.", "The purpose is no exact purpose here."),
    "emergency_purpose": ("Akut adgang gives ikke ved samtykke.", "Emergency access is not given by consent."),
    "broader_purpose": ("Et nej til TREAT rammer også formål under det: skriv hubbens egne koder.",
                        "Denying TREAT denies purposes beneath it too: write the hub's own codes."),
    "action": ("Det handler om andet end at læse (access).", "It is about something other than reading (access)."),
    "actor_role": ("En rolle er en anden end modtager. Kilder skrives som data.authoredby.",
                   "A role is not that of a recipient. Sources are written as data.authoredby."),
    "actor_kind": ("En modtager er ikke en organisation.", "A recipient is no organisation."),
    "person_actor": ("Samtykke gives til en organisation, ikke til en enkelt person.",
                     "A consent is to an organisation, not to a single person."),
    "unknown_partner": ("En organisation er ikke registreret her (uuid, SOR eller CVR).",
                        "An organisation is not registered here (uuid, SOR or CVR)."),
    "ambiguous_partner": ("Flere organisationer her har det nummer: brug uuid eller SOR.",
                          "Several organisations here have that number: use the uuid or SOR."),
    "unknown_person": ("En person er ikke registreret her.", "A person is not registered here."),
    "code_filter": ("Det er afgrænset med koder i indholdet (code). Det kan hubben ikke.",
                    "It is limited by codes in the content (code). The hub cannot do that."),
    "data_reference": ("Det er afgrænset til bestemte poster (data). Hubben kan kun authoredby.",
                       "It is limited to single records (data). The hub can do authoredby only."),
    "all_sources_but": ("Alle kilder på nær nogle: nævn dem, det skal komme fra.",
                        "Every source but some: name those that it is to come from."),
    "bad_time": ("Et tidspunkt kan ikke læses (klokkeslæt skal have tidszone).",
                 "A time cannot be read (a time of day needs a zone)."),
    "no_start": ("dataPeriod har ingen begyndelse: skriv start.", "dataPeriod has no beginning: write start."),
    "ends_first": ("En periode slutter, før den begynder.", "A period ends before it begins."),
    "from_now_and_period": ("Både fra nu af og en periode: skriv kun det ene.",
                            "Both from now on and a period: write one of them."),
    "undated_only": ("Det udaterede kan ikke stå alene.", "What has no date cannot stand alone."),
}  # fmt: skip
"""Danish and English, by code."""
