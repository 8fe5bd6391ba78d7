"""Standards, ports and interfaces: do components from different countries fit?

`check_programme` answers for a programme, `check` for any question; `shipped` is the register of standards. What comes
out, `CheckedInterfaces`, is plain and immutable: who builds on it needs nothing else from here.
"""

from comity.standards.adoption import Adopted, Adoption, Change, what_adopting_closes
from comity.standards.answer import (
    VERDICTS,
    Adaptation,
    CheckedInterfaces,
    End,
    Finding,
    InterfaceCheck,
    Meeting,
    Stated,
    Verdict,
    worst,
)
from comity.standards.bridging import Misfit, misfits
from comity.standards.case import InterfaceCase, case_question, read_case
from comity.standards.checker import check
from comity.standards.errors import StandardsError
from comity.standards.files import case_file, shipped_cases
from comity.standards.gaps import Clash, Gap, Gaps, PartnerGaps, gaps_by_partner
from comity.standards.icd import InterfaceControlDocument, interface_control_documents
from comity.standards.interfaces import (
    CATALOGUE,
    catalogue,
    check_programme,
    programme_question,
    refuse_unknown,
    sides,
    unknown_standards,
)
from comity.standards.measures import Reader
from comity.standards.n2 import N2Chart, N2Matrix, n2_chart
from comity.standards.question import Junction, Question, Side
from comity.standards.register import Edition, Register, Standard, held, read_register, shipped
from comity.standards.rules import DEMANDS, rule_book
from comity.standards.subject import Subject, of_case, of_programme

__all__ = [
    "CATALOGUE",
    "DEMANDS",
    "VERDICTS",
    "Adaptation",
    "Adopted",
    "Adoption",
    "Change",
    "CheckedInterfaces",
    "Clash",
    "Edition",
    "End",
    "Finding",
    "Gap",
    "Gaps",
    "InterfaceCase",
    "InterfaceCheck",
    "InterfaceControlDocument",
    "Junction",
    "Meeting",
    "Misfit",
    "N2Chart",
    "N2Matrix",
    "PartnerGaps",
    "Question",
    "Reader",
    "Register",
    "Side",
    "Standard",
    "StandardsError",
    "Stated",
    "Subject",
    "Verdict",
    "case_file",
    "case_question",
    "catalogue",
    "check",
    "check_programme",
    "gaps_by_partner",
    "held",
    "interface_control_documents",
    "misfits",
    "n2_chart",
    "of_case",
    "of_programme",
    "programme_question",
    "read_case",
    "read_register",
    "refuse_unknown",
    "rule_book",
    "shipped",
    "shipped_cases",
    "sides",
    "unknown_standards",
    "what_adopting_closes",
    "worst",
]
