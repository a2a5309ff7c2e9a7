"""What people in Nordlunde say and write: invented, short, and each text with the labels of what it is about.

A note is put together from an opening, what it is about and an ending, so that two citizens seldom read alike.
"""

from typing import Final, NamedTuple


class Note(NamedTuple):
    """What a note is about, and the sentences to choose from."""

    labels: tuple[str, ...]
    sentences: tuple[str, ...]


HOPES: Final = (
    "Jeg vil have en dør, der er min, og kaffe på min egen måde.",
    "At turde tage bussen ind til byen og hjem igen.",
    "Jeg vil synge i kor igen. Bagerste række er fint.",
    "Det ved jeg ikke endnu. Spørg mig igen til foråret.",
    "At min datter kommer på besøg, uden at vi skal skændes.",
    "Jeg vil have en kolonihave. Eller bare en altan med tomater.",
    "At sove en hel nat og vide, hvad jeg skal om morgenen.",
    "Jeg vil lave noget med mine hænder. Træ, tror jeg.",
    "At der er nogen, der ringer, fordi de har lyst.",
    "Jeg vil tilbage til fodbold. Også selv om jeg kun kan et kvarter.",
    "At betale min regning selv og ikke være bange for posten.",
    "Jeg vil gerne kunne tage imod gæster. To ad gangen.",
    "En uddannelse. Det behøver ikke gå hurtigt.",
    "At komme ud at sejle, mens det er stille vejr.",
    "Jeg vil være morfar rigtigt. Ikke kun på telefonen.",
    "At lære at lave min mormors brune kager.",
    "Jeg vil cykle hele vejen rundt om fjorden.",
    "At nogen tror på, at jeg kan.",
    "Jeg vil have fred. Og en kat.",
    "At tegne hver dag og måske vise det til nogen.",
    "Jeg vil flytte tættere på min bror.",
    "At få styr på dagen først. Så ser vi på resten.",
    "Jeg vil spille trommer, hvor det ikke generer nogen.",
    "At passe noget levende. Planter er også levende.",
)
HOPES_LATER: Final = (
    "Jeg har tænkt over det: det vigtigste er ro om aftenen.",
    "Det er stadig det samme. Men nu tror jeg på det.",
    "Mindre end sidst. Bare en god tirsdag.",
    "Jeg vil mere, end jeg sagde. Jeg vil også lære nogen at kende.",
    "Nu ved jeg det: jeg vil ud blandt folk om formiddagen.",
    "Det, jeg sagde før, passer ikke mere. Jeg vil starte et nyt sted.",
)
GOALS: Final = (
    ("Jeg går ud hver dag, også når det regner.", "Daglig aktivitet uden for hjemmet."),
    ("Jeg laver aftensmad tre gange om ugen.", "Selvstændig madlavning tre dage om ugen."),
    ("Jeg åbner min post om fredagen.", "Borgeren håndterer post og regninger med støtte."),
    ("Jeg ringer, når jeg har det skidt, før jeg lukker døren.", "Tidlig kontakt ved forværring."),
    ("Jeg kan tage bussen alene.", "Selvstændig transport i nærområdet."),
    ("Jeg holder min lejlighed, så jeg kan have gæster.", "Vedligeholdelse af egen bolig."),
    ("Jeg kommer til fællesspisning en gang om måneden.", "Deltagelse i et fællesskab efter eget valg."),
    ("Jeg står op før ti.", "Stabil døgnrytme."),
    ("Jeg øver mig i at sige nej.", "Styrket mestring i sociale situationer."),
    ("Jeg vil prøve et sted, hvor man bygger ting.", "Afklaring af interesse for værkstedsaktivitet."),
    ("Jeg køber ind uden at gå i panik.", "Selvstændigt indkøb."),
    ("Jeg ser min søster hver anden søndag.", "Genoptaget kontakt til familien efter eget ønske."),
)
GOAL_STEPS: Final = (
    "Det gik tre gange i denne uge.",
    "Det gik ikke. Men jeg prøvede, og det tæller.",
    "Jeg gjorde det alene i går. Helt alene.",
    "Det er blevet nemmere, når nogen ringer først.",
    "Jeg har brug for en pause fra det her.",
    "To skridt frem. Jeg kan mærke det.",
    "Min nabo lagde mærke til det.",
    "Det er svært om mandagen. Resten går.",
)
GOAL_REACHED: Final = (
    "Det kan jeg nu.",
    "Jeg havde ikke troet det. Men det lykkedes.",
    "Det er bare noget, jeg gør nu.",
    "Jeg klarede det til sidst.",
)
GOAL_LET_GO: Final = (
    "Det betyder ikke så meget for mig mere.",
    "Jeg vil hellere bruge kræfterne på noget andet.",
    "Det var mest de andres idé.",
)
GOAL_REWORDED: Final = (
    "Jeg siger det på en anden måde: jeg vil ud, men jeg vælger selv hvornår.",
    "Et mindre mål: én gang om ugen er nok lige nu.",
    "Jeg vil det samme, bare sammen med nogen.",
    "Det skal være noget, jeg glæder mig til.",
)
ENROLLED: Final = (
    "Har selv henvendt sig i borgerservice.",
    "Henvist af egen læge efter aftale.",
    "Ringede sammen med sin søster.",
    "Kendt fra tidligere forløb. Vil gerne i gang igen.",
    "Henvender sig efter udskrivelse. Vil gerne have en fast person.",
    "Kom forbi rådgivningen og spurgte, hvad vi kan hjælpe med.",
)
PLANS: Final = (
    "Handleplan lavet sammen ved køkkenbordet. Borgerens egne ord står først.",
    "Planen er kort med vilje. Vi begynder med det, der haster mest for borgeren.",
    "Planen tager udgangspunkt i det, borgeren selv håber på.",
    "Vi har læst planen højt sammen, og borgeren er enig.",
)
PROVIDER_PLANS: Final = (
    "Indsatsplan: faste besøg, samme person, samme tidspunkt.",
    "Indsatsplan med små skridt. Vi aftaler uge for uge.",
    "Indsatsplan: støtte til hverdagen og til at komme ud.",
)
SUPPORT: Final = (
    ("§ 85", "Støtte i hjemmet to gange om ugen."),
    ("§ 85", "Støtte i hjemmet en time om ugen, mest som samtale."),
    ("§ 85", "Støtte til at komme ud ad døren og hjem igen."),
    ("§ 82", "Forebyggende støtte i fire måneder, i gruppe."),
    ("§ 99", "Støtte- og kontaktperson. Kontakten sker på borgerens præmisser."),
    ("§ 104", "Plads i aktivitetscentret tre formiddage om ugen."),
    ("§ 103", "Beskyttet beskæftigelse i gartneriet, tre timer ad gangen."),
    ("§ 107", "Midlertidigt ophold, mens der ledes efter en bolig."),
)
SUPPORT_ADJUSTED: Final = (
    "Vi rykker besøget til om eftermiddagen, som borgeren ønsker.",
    "To korte besøg i stedet for ét langt.",
    "I en periode ringer vi i stedet for at komme.",
    "Vi mødes ude. Det passer bedre om sommeren.",
)
SUPPORT_ENDED: Final = (
    "Borgeren klarer det selv nu og siger til, hvis det ændrer sig.",
    "Forløbet er slut som aftalt. Døren står åben.",
)

OPENINGS: Final = (
    "Besøg hjemme.",
    "Mødtes på biblioteket.",
    "Gik en tur om søen.",
    "Ringede sammen.",
    "Kort snak på gangen.",
    "Samtale på kontoret.",
    "Mødtes over en kop kaffe.",
    "Skrev sammen.",
    "Kørte en tur sammen.",
    "Snak på bænken ved torvet.",
)
ENDINGS: Final = (
    "Vi ses i næste uge.",
    "Borgeren bestemmer selv næste skridt.",
    "Aftalt, at jeg ringer fredag.",
    "God stemning.",
    "Vi tog det roligt.",
    "Borgeren vil selv fortælle det videre.",
    "Vi lod det ligge til næste gang.",
    "",
    "",
)
ADDICTION_NOTES: Final = (
    Note(
        ("addiction",),
        (
            "Vi talte om at drikke mindre i weekenden. Ingen løftede pegefingre.",
            "Elleve dage uden. Stolt, og lidt bange for den tolvte.",
            "Trangen er værst ved spisetid. Vi lavede en plan for det tidspunkt.",
            "Tilbagefald i lørdags. Kom alligevel i dag, og det er det vigtigste.",
            "Vil gerne prøve gruppen om torsdagen.",
            "Vi gennemgik, hvad der hjalp sidste gang hashen blev lagt væk.",
        ),
    ),
    Note(
        ("addiction", "health"),
        (
            "Sover bedre, efter at forbruget er faldet.",
            "Angsten fylder mere, når der ikke bliver drukket. Vi taler med behandleren om det.",
            "Mærker forskel på gode og svære dage og ruslysten, der følger med.",
        ),
    ),
)
WORK_NOTES: Final = (
    Note(
        ("work",),
        (
            "Vil gerne prøve to timer om ugen hos gartneren.",
            "Drømmer om noget med biler. Vi kigger på et værksted, der har tid.",
            "Praktikken går godt. Kollegerne gemmer en plads ved frokostbordet.",
            "Overvejer 10. klasse på aftenhold. Ingen hast.",
            "Fik ros af mesteren og vidste ikke, hvor man skulle kigge hen.",
            "Vi læste et opslag sammen og grinede ad de lange ord.",
            "Nye arbejdstider, så der er ro om formiddagen.",
        ),
    ),
)
HEALTH_NOTES: Final = (
    Note(
        ("health",),
        (
            "Stemmerne fylder mindre, når der er radio på.",
            "En tung uge. Vi lavede en liste over, hvem der kan ringes til.",
            "Humøret er lysere. Har lagt mærke til solsorten.",
            "Angst før indkøb. Vi øvede vejrtrækning i bilen.",
            "Talte om, hvad der plejer at være de første tegn.",
        ),
    ),
    Note(
        ("health", "medication"),
        (
            "Glemmer den om aftenen. Æsken står nu ved tandbørsten.",
            "Træt af den nye medicin. Lægen kigger på det på mandag.",
            "Dosis sat ned som aftalt. Vi følger det sammen.",
        ),
    ),
)
EVERYDAY_NOTES: Final = (
    Note(
        ("everyday",),
        (
            "Vi vaskede op og fandt gulvet igen.",
            "Handlede ind efter seddel. Frugt og rugbrød, ingen panik.",
            "Skiftede pære i gangen. Pludselig var der lys.",
            "Lavede suppe til tre dage.",
            "Køleskabet er fyldt, og vinduet er pudset.",
            "Vi fik skraldet ned og stolede på, at resten kan vente.",
            "Har sovet i sengen hele ugen i stedet for på sofaen.",
            "Vasketøjet blev foldet til musik.",
        ),
    ),
)
SOCIAL_NOTES: Final = (
    *EVERYDAY_NOTES,
    Note(
        ("network",),
        (
            "Har talt med sin bror for første gang i et år.",
            "Naboen kom med æbler. Det betød meget.",
            "Savner sin mor. Vi fandt et billede frem.",
            "Vil gerne invitere to til kaffe.",
        ),
    ),
    Note(
        ("wishes",),
        (
            "Talte om sommeren og om at se havet.",
            "Kan mærke, at håbet er der, men det er genert.",
            "Vil selv vælge, hvad vi taler om. Godt.",
        ),
    ),
    Note(
        ("everyday", "finances"),
        (
            "Åbnede fire kuverter. Kun én var alvorlig.",
            "Lavede budget på bagsiden af en kuvert.",
        ),
    ),
)
AUTHORITY_NOTES: Final = (
    Note(
        ("plan",),
        (
            "Opfølgning på planen. Borgeren synes, den ligner.",
            "Vi rettede to sætninger, så de lyder som borgeren selv.",
            "Gennemgik støtten og aftalte at fortsætte.",
        ),
    ),
    Note(("finances",), ("Talte om husleje og depositum.", "Søger hjælp til en enkelt regning.")),
)
ABSENCES: Final = (
    "Åbnede ikke. Jeg lagde en seddel.",
    "Meldte afbud, fordi natten var hård.",
    "Kom ikke. Ingen bebrejdelse, vi prøver igen.",
    "Sov over sig. Ringede selv bagefter.",
)

MEETINGS: Final = (
    ("coordinating", ("meetings",), "Hvem gør hvad i de næste tre måneder?"),
    ("coordinating", ("meetings", "plan"), "Se på planen sammen og rette det, der ikke passer."),
    ("network", ("meetings", "network"), "Hvem er omkring mig, og hvem må gerne fylde mere?"),
    ("follow_up", ("meetings",), "Hvordan går det med det, vi aftalte?"),
    ("open_dialogue", ("meetings",), "Tale om det, der er svært, med dem der er her."),
    ("coordinating", ("meetings", "everyday"), "Få hverdagen til at hænge sammen efter flytningen."),
    ("coordinating", ("meetings", "work"), "Tale om arbejde i et tempo, der kan holdes."),
)
PLACES: Final = (
    "Biblioteket, det lille lokale",
    "Hjemme hos mig",
    "Rådhuset, lokale 4",
    "Aktivitetscentret ved havnen",
    "Medborgerhuset",
    "Bostøttens kontor, med kaffe",
)
HELD: Final = (
    "Borgeren lagde for. Alle sagde, hvad de kan og ikke kan.",
    "Et godt møde. Vi nåede kun halvdelen, og det var nok.",
    "Der blev lyttet. Næste skridt er skrevet ned.",
    "Borgeren læste selv op af planen.",
    "Vi talte om, hvad der skal siges til hvem, og hvad der ikke skal.",
)
NOT_THERE: Final = (
    "Orkede ikke i dag. Bad os om at holde mødet alligevel.",
    "Var syg. Vi ringede op undervejs.",
    "Ville hellere høre om det bagefter.",
)
CANCELLED: Final = (
    "Aflyst efter borgerens ønske.",
    "Aflyst på grund af sygdom. Vi finder en ny dag.",
    "To kunne ikke komme, så vi venter.",
)
AGREEMENTS: Final = (
    "Vi ringer, før vi kommer.",
    "Følges ad til første gang i fællesspisningen.",
    "Undersøge, om der er en ledig have i haveforeningen.",
    "Prøve cykelværkstedet en formiddag.",
    "Finde en fast dag, der ikke er mandag.",
    "Hjælp til at skrive til boligforeningen.",
    "Besøge svømmehallen, når der er få.",
    "Sende en besked aftenen før.",
    "Tage med på første tur i gågruppen.",
    "Komme forbi caféen og hilse på.",
)
AGREEMENT_DONE: Final = ("Det er gjort.", "Klaret sammen.", "Det gik fint.", "")
HANDOVERS: Final = (
    "Det, vi har lært sammen, så der ikke skal fortælles forfra.",
    "Fast kontakt går videre. Vi følges ad til det første møde.",
    "Det vigtigste, sagt med borgerens egne ord.",
    "Hvad der hjælper på en svær dag.",
)
ACCEPTED: Final = (
    "Tak. Vi har læst det og ringer på tirsdag.",
    "Modtaget. Borgeren skal ikke fortælle det igen.",
    "Vi tager over fra den første. Velkommen.",
)
DECLINED: Final = (
    "Vi har ikke plads før efter sommer og vil ikke love for meget.",
    "Det ligger bedre hos bostøtten. Vi hjælper gerne med at finde den rigtige.",
)
AGREED_TEXTS: Final = (
    "Kommer gerne, men siger ikke så meget de første gange. Det er helt i orden.",
    "Vil gerne hilses på ved døren. Går måske før tid.",
    "Er god til at lave ting i stand. Vil helst ikke spørges om sygdom.",
    "Kommer med bussen, så lidt for sent er ikke uhøfligt.",
)
BLOCK_WORDS: Final = (
    "Det her vil jeg selv fortælle, hvis det bliver aktuelt.",
    "Ikke dem. Ikke lige nu.",
    "Det rager ikke dem.",
)
CONSENT_WORDS: Final = (
    "I må godt tale sammen om det her.",
    "Det letter, at jeg ikke skal forklare det hele igen.",
    "Kun det, der står her.",
    "Okay. Men jeg vil vide, hvad I siger.",
)
DEATHS: Final = (
    "Død i hjemmet. Søsteren har ringet.",
    "Død på hospitalet efter kort tids sygdom.",
)
