"""Random things that happen to a store, beside a model of what must have become of every line."""

import random
from collections import Counter

from storage.errors import LeaseLost
from storage.model import Entry, Source
from storage.store import Store
from tests.keeping import NOW, add_article, add_source, give_back, lease_one, line, result

OUTCOMES = ("stored", "revised", "duplicate", "unchanged", "rejected")
HOSTS = ("one.example", "two.example", "three.example")


class Happenings:
    """Polls, pages, failures, removals and lost leases, in the order the dice say."""

    def __init__(self, store: Store, dice: random.Random) -> None:
        self.store = store
        self.dice = dice
        self.now = NOW
        self.sources: list[Source] = [add_source(store, f"s{n}", now=NOW) for n in range(3)]
        self.added = len(self.sources)
        self.known: dict[int, str | None] = {}
        """Outcome of every entry by number; None while it waits."""

        self.looked_at: list[int] = []

    @property
    def offered(self) -> int:
        return len(self.known)

    def expected(self) -> dict[str, int]:
        counts = Counter(self.known.values())
        return {**{outcome: counts[outcome] for outcome in OUTCOMES}, "deferred": counts[None]}

    def next(self) -> None:
        self.now += self.dice.choice([0.0, 1.0, 400.0, 1e5])
        steps = [self.poll, self.poll, self.finish, self.finish, self.finish, self.defer, self.page]
        self.dice.choice([*steps, self.look, self.lose, self.remove, self.broken_off])()

    def poll(self) -> None:
        if not self.sources:
            self.sources.append(self.new_source())
        source = self.dice.choice(self.sources)
        names = [str(self.dice.randrange(12)) for _ in range(self.dice.randrange(5))]
        title = self.dice.choice([None, "old", "new"])
        lines = [line(name, host=HOSTS[int(name) % 3], title=title) for name in names]
        held = lease_one(self.store, source.host, now=self.now, owner="w")
        [counts] = self.store.sources.record_polls([result(held, source, *lines, now=self.now)], now=self.now)
        give_back(self.store, held, now=self.now)
        self.look_again(source, set(names), counts.new, counts.changed)

    def look_again(self, source: Source, names: set[str], new: int, changed: int) -> None:
        """Take over what the poll says it did; the totals are then checked against it."""
        keys = [f"{HOSTS[int(name) % 3]}/{name}" for name in names]
        mine = [e for e in self.store.entries.history(url_keys=keys) if e.source_id == source.id]
        assert len(mine) == len(names)
        fresh = [entry for entry in mine if entry.id not in self.known]
        again = [e for e in mine if self.known.get(e.id) is not None and e.outcome is None]
        assert (len(fresh), len(again)) == (new, changed)
        self.known |= dict.fromkeys((entry.id for entry in (*fresh, *again)), None)

    def waiting(self) -> Entry | None:
        numbers = sorted(number for number, outcome in self.known.items() if outcome is None)
        return self.store.entries.get(self.dice.choice(numbers)) if numbers else None

    def finish(self) -> None:
        entry = self.waiting()
        if entry is None:
            return
        outcome = self.dice.choice(OUTCOMES)
        held = lease_one(self.store, entry.host, now=self.now, owner="w")
        article = add_article(self.store, f"{entry.id}-{self.now}-{self.dice.random()}")
        self.store.entries.finish(
            entry.id,
            outcome=outcome,  # type: ignore[arg-type]
            article_id=None if outcome == "rejected" else article,
            now=self.now,
            lease=held,
        )
        if outcome != "rejected":
            due = self.now + self.dice.choice([1.0, 3600.0])
            self.store.revisits.plan(article, entry, next_due_at=due, since=self.now)
            self.looked_at.append(article)
        give_back(self.store, held, now=self.now)
        self.known[entry.id] = outcome

    def look(self) -> None:
        """An article is looked at again: no line is offered or ended by that."""
        article = self.dice.choice(self.looked_at) if self.looked_at else None
        revisit = self.store.revisits.of(article) if article is not None else None
        if revisit is None:
            return
        held = lease_one(self.store, revisit.entry.host, now=self.now, owner="w")
        if self.dice.random() < 0.3:
            self.store.revisits.end(revisit, now=self.now, lease=held)
        else:
            self.store.revisits.put_off(
                revisit,
                next_due_at=self.now + 60,
                looks=revisit.looks + 1,
                attempts=0,
                missing_at=None,
                now=self.now,
                lease=held,
            )
        give_back(self.store, held, now=self.now)

    def defer(self) -> None:
        entry = self.waiting()
        if entry is not None:
            later = self.now + 60
            self.store.entries.defer(entry.id, reason="503", attempts=1, next_due_at=later, now=self.now)

    def page(self) -> None:
        name = str(self.dice.randrange(4))
        url = f"https://hand.example/{name}"
        entry = self.store.entries.add_page(url=url, url_key=url, host="hand.example", now=self.now)
        self.known[entry.id] = None

    def lose(self) -> None:
        """A worker comes back after its lease has gone to another: nothing it brings counts."""
        if not self.sources:
            return
        source = self.dice.choice(self.sources)
        old = lease_one(self.store, source.host, now=self.now, owner="late", ttl=10)
        new = lease_one(self.store, source.host, now=self.now + 10, owner="w")
        self.now += 11
        late = result(old, source, line("lost"), now=self.now)
        assert self.store.sources.record_polls([late], now=self.now) == []
        entry = self.waiting()
        if entry is not None:
            try:
                self.store.entries.finish(entry.id, outcome="stored", now=self.now, lease=old)
                raise AssertionError("a lost lease was believed")
            except LeaseLost:
                pass
        give_back(self.store, new, now=self.now)

    def remove(self) -> None:
        if not self.sources or self.dice.random() < 0.7:
            return
        source = self.sources.pop(self.dice.randrange(len(self.sources)))
        mine = [n for n in self.known if self.store.entries.get(n).source_id == source.id]
        kept = {n: self.store.entries.get(n) for n in mine}
        self.store.sources.remove(source.id)
        for number, entry in kept.items():
            if entry.outcome is None and entry.article_id is None:
                del self.known[number]
            elif entry.outcome is None:
                self.known[number] = "unchanged"
        self.sources.append(self.new_source())

    def new_source(self) -> Source:
        self.added += 1
        return add_source(self.store, f"s{self.added}", now=self.now)

    def broken_off(self) -> None:
        """Something fails in the middle of a transaction: none of it has happened."""
        try:
            with self.store.transaction():
                self.store.entries.add_page(url="https://x", url_key="x", host="x", now=self.now)
                entry = self.waiting()
                if entry is not None:
                    self.store.entries.finish(entry.id, outcome="stored", now=self.now)
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
