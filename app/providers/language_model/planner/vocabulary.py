"""Which words does the planner know, and what are they for?"""

from typing import Final

EXCLUDING: Final = frozenset(
    {
        "not",
        "except",
        "without",
        "excluding",
        "besides",
        "isn",
        "aren",
        "don",
        "doesn",
        "wasn",
        "weren",
    }
)
"""Words by which what follows is left out."""

_ASKING_WORDS: Final = """
    a about above across after against all also among amongst an analyse analysis analyze and annual annually
    any appear are at average avg be been before below besides best better between biggest blank blanks bottom
    break breakdown broken but by calculate can cheapest column common compare complete compute contain
    containing correlate correlated correlation could count daily data dataset day depend describe description
    deviation different distinct distribution do doe down duplicate duplicated during each earlier earliest
    either empty entry equal ever every everything exceed except excluding expensive explore fewest field file
    find first for fraction frequent frequently from get give given greater greatest group grouped had has
    have having hello help hey hi high higher highest hottest how i if in include including insight into is it
    its just know largest last later latest least less like list lot low lower lowest many max maximum me mean
    median min minimum missing month monthly more most much my need newest no not now null nulls number occur
    of off oldest on only or our out over overall overview per percent percentage percentile please point
    portion prior profile proportion quarter quarterly question rank ranked ratio record relate related
    relation relationship repeated row same sample schema see share should show since single smaller smallest
    so some sort sorted split standard start starting stat statistic std stddev structure such sum summarise
    summarize summary table tell than thank thanks that the their them then there they this time to top total
    trend twice under unique unknown until up us using value variance versus via vs want was we week weekly
    well were what when where which who whose will with within without worst would year yearly yes you your
    """
ASKING: Final = frozenset(_ASKING_WORDS.split())
"""Words that say what to do. Alone they name a column only when nothing else does."""
_QUIET_WORDS: Final = """
    about amount answer approximately asc ascending bar between both bought break buy called came change
    changed chart column come comparison correlated could count csv currently curve data dataset desc
    descending develop developed did does done draw each earning ever exactly figure file gave give go good
    graph great grossing grow grown growth happen here i'd let let's like line listed look looked made make
    money much named number occurred ok okay old one ones order ordered other others paid pay paying per performing
    picture plot populated priced quick quickly rank rated recent recently recorded respectively result right
    roughly scatter sell selling sheet sold sort strong strongly table there thing together total two type u
    value valued versus visited visualise visualize was way we've went were would written
    """
QUIET: Final = frozenset(_QUIET_WORDS.split())
"""Filler that neither names data nor changes what is asked."""
_HIGH_WORDS: Final = """
    best biggest busiest deepest expensive fastest greatest heaviest highest hottest largest leading longest
    most richest strongest tallest top
    """
HIGH: Final = frozenset(_HIGH_WORDS.split())
"""Words that want the highest."""
_LOW_WORDS: Final = """
    bottom cheapest coldest fewest least lightest lowest poorest shortest slowest smallest weakest worst
    """
LOW: Final = frozenset(_LOW_WORDS.split())
"""Words that want the lowest."""
_CORRELATING_WORDS: Final = """
    associated association correlate correlated correlating correlation depend linked relate related
    relationship
    """
CORRELATING: Final = frozenset(_CORRELATING_WORDS.split())
"""Words that ask how two columns go together."""
_DESCRIBING_WORDS: Final = """
    analyse analysis analyze describe description distribution explore field histogram insight overview
    profile quartile range schema spread stat statistic structure summarise summarize summary
    """
DESCRIBING: Final = frozenset(_DESCRIBING_WORDS.split())
"""Words that ask what a table or column is like."""
_INTENSIVE_WORDS: Final = """
    age altitude average avg close closing code day degree depth elevation fraction gdp grade height high hour
    humidity id index lat latitude level lng lon longitude low magnitude mean median month number open percent
    percentage percentile phone postcode pressure price quarter quote rank rate rating ratio return score
    speed star temp temperature velocity volatility week year zip zipcode
    """
INTENSIVE: Final = frozenset(_INTENSIVE_WORDS.split())
"""Of what is called so one wants the mean or the extremes; its sum says nothing."""
