"""What a policy says: rules that the figures of an audit must not break, as YAML."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from toolkit.recipe import Recipe


def _listed(given: object) -> object:
    return (given,) if isinstance(given, str) else given


Patterns = Annotated[tuple[str, ...] | None, BeforeValidator(_listed)]


class Where(Recipe):
    """Which rows of the measures table a rule looks at: those whose columns match.

    Each column is a name, a pattern (`zoo:*`) or a list of these; a column that is left out matches everything. Names
    are taken literally first, so that one with brackets is found too.

    A share may stand in several rows: raw (`uncorrected`), corrected by known pictures (`confusion matrix`), by reviews
    (`prediction-powered`). Without `correction` each of them has to keep to the rule, also one that is not measurable.
    """

    subject: Patterns = None
    slice: Patterns = None
    attribute: Patterns = None
    group: Patterns = None
    measure: Patterns = None
    annotator: Patterns = None
    correction: Patterns = None


class RuleRecipe(Recipe):
    """One rule. Each row that `where` matches breaks it where its `figure` (`value`, or an end of its interval: `low`,
    `high`) stands in `comparison` to `limit`, in the units of the figure.

    With `q`, a row breaks it only where its own q is below that as well. Rows of fewer than `min_n` labels are not
    looked at, but for those where nothing could be told. `no_match` is what happens where nothing was looked at, and
    `not_measurable` what a row without the figure (or the q) does: a gate that checks nothing must not pass, so both
    fail unless the policy says `pass`.
    """

    name: str = Field(min_length=1)
    where: Where = Where()
    figure: Literal["value", "low", "high"]
    comparison: Literal[">", ">=", "<", "<="]
    limit: float = Field(allow_inf_nan=False)
    q: float | None = Field(None, gt=0, le=1)
    min_n: int = Field(0, ge=0)
    no_match: Literal["error", "pass"] = "error"
    not_measurable: Literal["fail", "pass"] = "fail"


class PolicyRecipe(Recipe):
    """A policy: its `rules`, each with a name of its own."""

    rules: tuple[RuleRecipe, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_rule_once(self) -> Self:
        names = [one.name for one in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules are called {twice[0]!r}; give each a name of its own")
        return self
