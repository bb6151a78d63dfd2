"""What customers are worth and whether they stay: retention, extras sold, lifetime value.

Decides the arithmetic over what the centre's own systems know about customers. Never estimates a
margin or a survival probability: those are inputs and are kept with the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from centralino.domain.kpi.definitions import Kpi, Number, Parameters, Unit, count, each


@dataclass(frozen=True, slots=True)
class CustomerPeriod:
    """Whether one customer was there at the start and at the end of a period."""

    customer: str
    at_start: bool
    at_end: bool
    contact_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SellingContact:
    """What one contact could have sold beside its purpose, and what it did sell."""

    contact_id: str
    extra_eligible: bool = False
    extra_accepted: bool = False
    upgrade_eligible: bool = False
    upgrade_accepted: bool = False

    def __post_init__(self) -> None:
        """Reject an acceptance by somebody who was not eligible."""
        if self.extra_accepted and not self.extra_eligible:
            raise ValueError(f"contact {self.contact_id}: extra accepted but not eligible")
        if self.upgrade_accepted and not self.upgrade_eligible:
            raise ValueError(f"contact {self.contact_id}: upgrade accepted but not eligible")

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The contact itself."""
        return (self.contact_id,)


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """The inputs of one customer's lifetime value.

    Parameters
    ----------
    customer
        Opaque subject.
    margins
        Expected margin of each period, the first being period ``first_period``.
    survival
        Probability that the customer is still one in each period, as long as ``margins``.
    discount
        d, the discount rate per period; 0.1 is ten per cent.
    first_period
        t of the first margin: 1 when the first margin comes at the end of a period.
    """

    customer: str
    margins: tuple[float, ...]
    survival: tuple[float, ...]
    discount: float
    first_period: int = 1
    contact_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Reject inputs no value can be worked out from."""
        if len(self.margins) != len(self.survival):
            raise ValueError(
                f"customer {self.customer}: {len(self.margins)} margins but "
                f"{len(self.survival)} survival probabilities"
            )
        if any(not 0 <= p <= 1 for p in self.survival):
            raise ValueError(f"customer {self.customer}: survival must be between 0 and 1")
        if self.discount <= -1:
            raise ValueError(f"customer {self.customer}: discount must be above -1")

    @property
    def terms(self) -> tuple[float, ...]:
        """Each period's margin x survival / (1 + d)^t."""
        return tuple(
            margin * alive / (1 + self.discount) ** t
            for t, (margin, alive) in enumerate(
                zip(self.margins, self.survival, strict=True), start=self.first_period
            )
        )


def _worth(fact: CustomerValue, _: Parameters) -> Number:
    return sum(fact.terms)


def _selling(
    name: str,
    formula: str,
    english: str,
    italian: str,
    accepted: Callable[[SellingContact], bool],
    eligible: Callable[[SellingContact], bool],
) -> Kpi[SellingContact]:
    return Kpi(
        name=name,
        version=1,
        facts=SellingContact,
        unit=Unit.RATIO,
        formula=formula,
        description_en=english,
        description_it=italian,
        numerator=count(accepted),
        denominator=count(eligible),
    )


CUSTOMER_KPIS: tuple[Kpi[CustomerPeriod] | Kpi[SellingContact] | Kpi[CustomerValue], ...] = (
    Kpi(
        name="retention",
        version=1,
        facts=CustomerPeriod,
        unit=Unit.RATIO,
        formula="(customers at end - new) / customers at start",
        description_en="How many of the customers we had did we keep?",
        description_it="Quanti dei clienti che avevamo sono rimasti?",
        numerator=count(lambda f: f.at_start and f.at_end),
        denominator=count(lambda f: f.at_start),
    ),
    _selling(
        "cross_sell_rate",
        "contacts with an accepted extra / eligible",
        "How many eligible contacts took something more?",
        "Quanti contatti idonei hanno preso qualcosa in più?",
        lambda f: f.extra_accepted,
        lambda f: f.extra_eligible,
    ),
    _selling(
        "up_sell_rate",
        "contacts with an accepted upgrade / eligible",
        "How many eligible contacts moved to something better?",
        "Quanti contatti idonei sono passati a qualcosa di meglio?",
        lambda f: f.upgrade_accepted,
        lambda f: f.upgrade_eligible,
    ),
    Kpi(
        name="clv",
        version=1,
        facts=CustomerValue,
        unit=Unit.MONEY,
        formula="sum margin x survival / (1 + d)^t, per customer, with its inputs",
        description_en="What is a customer worth over the time they stay, on average?",
        description_it="Quanto vale un cliente per il tempo in cui resta, in media?",
        numerator=_worth,
        denominator=each,
    ),
)
