"""Runs Rasa's graph of components one after the other, in an order that is found once.

Rasa gives each message's graph to dask, which plans it anew, and describes it in full for a debug
log that nobody reads: half of the time in which a message is understood. The interface is Rasa's
own (`rasa.engine.runner.interface.GraphRunner`).
"""

from __future__ import annotations

from typing import Any

import rasa.core.processor
from rasa.engine.runner.dask import DaskGraphRunner


class SequentialGraphRunner(DaskGraphRunner):
    """Rasa's runner without dask; for answering. Training keeps Rasa's own."""

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """Return the outputs of the targets, after running what they need.

        Args:
            inputs: values that nodes may need, by name.
            targets: names of nodes; by default the graph's own.
        """
        wanted = tuple(targets or self._graph_schema.target_names)
        results = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._order(wanted):
            if name not in results:
                needed = self._graph_schema.nodes[name].needs.values()
                results[name] = self._instantiated_nodes[name](
                    *(results.get(need, need) for need in needed)
                )
        return {name: results[name][1] for name in wanted}

    def _order(self, targets: tuple[str, ...]) -> list[str]:
        """Return the nodes that the targets need, each after those that it needs itself."""
        orders: dict[tuple[str, ...], list[str]] = self.__dict__.setdefault("_orders", {})
        if targets not in orders:
            order: dict[str, None] = {}

            def visit(name: str) -> None:
                if name in order or name not in self._graph_schema.nodes:
                    return
                for need in self._graph_schema.nodes[name].needs.values():
                    visit(need)
                order[name] = None

            for target in targets:
                visit(target)
            orders[targets] = list(order)
        return orders[targets]


def _checked_already(self: Any, parse_data: Any) -> None:
    """Stand for Rasa's search of each message's intent and entities in the domain.

    It makes an empty domain for each message to compare with; `rasa data validate` (make check) has
    seen to it that the domain knows them all.
    """


def install() -> None:
    """Let every agent that is loaded from now on in this process answer this way."""
    rasa.core.processor.DaskGraphRunner = SequentialGraphRunner
    rasa.core.processor.MessageProcessor._check_for_unseen_features = _checked_already
