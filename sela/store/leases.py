"""Leases: one process runs a search; each new holder has a higher epoch, which fences the old."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import insert, update

from sela.errors import StoreError
from sela.store import tables
from sela.store.codec import to_json
from sela.store.owner import Owner
from sela.store.reading import read_claim
from sela.store.records import Claim
from sela.store.transaction import Transaction


def claim(
    tx: Transaction, owner: Owner, is_alive: Callable[[Owner], bool], lease_seconds: float
) -> Claim:
    """Take the search, unless another process holds it, is alive, and renews its lease."""
    held = _held(tx)
    is_foreign = held is not None and held.owner != owner and held.lease_until > tx.now
    if held is not None and is_foreign and is_alive(held.owner):
        raise StoreError(
            f"Search {tx.search_id} is being run by {held.owner}. Use that one, end it, "
            f"or wait {held.lease_until - tx.now:.0f} s in case it has hung."
        )
    epoch = 1 if held is None else held.epoch + 1
    new = Claim(tx.search_id, owner, epoch, tx.now + lease_seconds)
    _write(tx, new, is_first=held is None)
    tx.append("claimed", {"owner": to_json(owner), "epoch": epoch})
    return new


def renew(tx: Transaction, claim: Claim, lease_seconds: float) -> Claim:
    """The same claim for longer; StoreError when it was taken over."""
    check(tx, claim.epoch)
    longer = replace(claim, lease_until=tx.now + lease_seconds)
    _write(tx, longer, is_first=False)
    return longer


def release(tx: Transaction, claim: Claim) -> None:
    """End the claim now, if it still holds. The row stays: it remembers the epoch."""
    held = _held(tx)
    if held is not None and held.epoch == claim.epoch and held.lease_until > tx.now:
        _write(tx, replace(claim, lease_until=tx.now), is_first=False)
        tx.append("released", {"epoch": claim.epoch})


def check(tx: Transaction, epoch: int) -> None:
    """StoreError unless this epoch is the newest."""
    held = _held(tx)
    if held is None or held.epoch != epoch:
        holder = "nobody" if held is None else str(held.owner)
        raise StoreError(
            f"Search {tx.search_id} was taken over by {holder}, as this process did not renew "
            "its claim in time. What it had stored is kept; go on there, or claim it again."
        )


def _held(tx: Transaction) -> Claim | None:
    row = tx.row(tables.claim)
    return None if row is None else read_claim(row)


def _write(tx: Transaction, claim: Claim, *, is_first: bool) -> None:
    values = {
        "epoch": claim.epoch,
        "host": claim.owner.host,
        "pid": claim.owner.pid,
        "started": claim.owner.started,
        "lease_until": claim.lease_until,
    }
    if is_first:
        tx.connection.execute(insert(tables.claim).values(search_id=tx.search_id, **values))
        return
    mine = update(tables.claim).where(tables.claim.c.search_id == tx.search_id)
    tx.connection.execute(mine.values(**values))
