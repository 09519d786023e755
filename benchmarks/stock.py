"""Parses with a stock Rasa model, in a Python 3.10 of its own, for benchmarks/nlu.py.

A line of JSON in, a list of texts; a line out: for each its seconds, intent and ranking.
"""

import asyncio
import json
import logging
import sys
import time

import structlog
from rasa.core.agent import Agent


def main() -> None:
    """Answer until stdin ends."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    agent = Agent.load(sys.argv[1])
    loop = asyncio.new_event_loop()
    for line in sys.stdin:
        found = []
        for place, text in enumerate(["你好", *json.loads(line)]):  # the first wakes it up
            started = time.perf_counter()
            parsed = loop.run_until_complete(agent.parse_message(text))
            seconds = time.perf_counter() - started
            names = [each["name"] for each in parsed["intent_ranking"]]
            if place:
                found.append([seconds, parsed["intent"]["name"], names])
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
