"""The kinds of import whose rows become figures; registered when the importer starts."""

from ccperf.imports.kinds import register
from ccperf.metrics.importing_contacts import Contacts
from ccperf.metrics.importing_figures import Figures
from ccperf.metrics.importing_intervals import Intervals

register(Contacts())
register(Intervals())
register(Figures())
