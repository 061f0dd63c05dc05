"""A file of the directory in words: a line for everything that it says, so that two versions differ in the lines that changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from securesystemslib.signer import Key, SSlibKey
from tuf.api.metadata import Root, Snapshot, Targets

from node.cli.render import country, printable
from node.cli.session import Session
from node.directory import ceremony, files, layout
from node.entry import key_id
from protocol.directory import ListEntry, Policy, WorkingEntry
from protocol.members import LogEntry, MemberEntry, MemberKeys
from protocol.wire import sha256, to_base64url

Holders = Mapping[str, str]
"""Fingerprint of a key -> what its file is called here."""


def of_role(session: Session, role: files.Role, holders: Holders) -> list[str]:
    """The lines of a role whose shape has been checked (`files.check_shape`)."""
    signed = role.signed
    lines = [session.say("ceremony.line.version", version=signed.version, expires=_day(signed.expires))]
    if isinstance(signed, Root):
        return [*lines, *_root(session, signed, holders)]
    if role.of_a_state:
        digest = signed.targets[layout.state_path(role.name)].hashes["sha256"]
        return [*lines, session.say("ceremony.line.entry", digest=_spoken(digest))]
    return [*lines, *_targets(session, signed, holders)]


def of_entry(session: Session, entry: files.Entry) -> list[str]:
    """The lines of an entry or of the policy."""
    if isinstance(entry, Policy):
        return [_pair(session, name, str(value)) for name, value in entry.model_dump().items() if name != "v"]
    if isinstance(entry, MemberEntry):
        names = [_pair(session, f"name_{code}", printable(name)) for code, name in entry.names.model_dump().items()]
        former = [
            _pair(session, "former_log", f"{_log(each)} · {each.size} · {to_base64url(each.root)}") for each in entry.former_logs
        ]
        return [*names, *_note_keys(session, entry), *former]
    return list(_note_keys(session, entry) if isinstance(entry, MemberKeys) else _working(session, entry))


def _note_keys(session: Session, entry: MemberEntry | MemberKeys) -> Iterator[str]:
    yield _pair(session, "log", _log(entry.log))
    yield _pair(session, "witness", f"{entry.witness.name} · {_key(entry.witness.key)}")


def _log(log: LogEntry) -> str:
    return f"{log.origin} · {_key(log.key)}"


def holder(fingerprint: str, holders: Holders) -> str:
    """A key, with what its file is called here if we have it."""
    name = holders.get(fingerprint)
    return fingerprint if name is None else f"{printable(name)} · {fingerprint}"


def _root(session: Session, root: Root, holders: Holders) -> Iterator[str]:
    for name in (Root.type, Targets.type):
        role = root.roles[name]
        yield session.say(f"ceremony.needed.{name}", needed=role.threshold, count=len(role.keyids))
        yield from _holders(session, f"ceremony.holder.{name}", [root.keys[each] for each in role.keyids], holders)
    online = [root.keys[each] for each in root.roles[Snapshot.type].keyids]
    yield from _holders(session, "ceremony.line.online", online, holders)


def _targets(session: Session, targets: Targets, holders: Holders) -> Iterator[str]:
    keys: Mapping[str, Key] = {} if targets.delegations is None else targets.delegations.keys
    yield session.say("ceremony.line.policy", digest=_spoken(targets.targets[layout.POLICY_PATH].hashes["sha256"]))
    for state in layout.member_states(targets):
        digest = _spoken(targets.targets[layout.member_path(state)].hashes["sha256"])
        yield session.say("ceremony.line.member", authority=country(state, session.language), digest=digest)
    for state, role in sorted(layout.delegated_roles(targets).items()):
        authority = country(state, session.language)
        yield session.say("ceremony.line.needed_officers", authority=authority, needed=role.threshold, count=len(role.keyids))
        officers = [keys[each] for each in role.keyids]
        yield from _holders(session, "ceremony.line.officer", officers, holders, authority=authority)


def _holders(session: Session, key: str, keys: Sequence[Key], holders: Holders, **facts: str) -> Iterator[str]:
    for each in sorted(holder(ceremony.key_fingerprint(each), holders) for each in keys if isinstance(each, SSlibKey)):
        yield session.say(key, holder=each, **facts)


def _working(session: Session, entry: WorkingEntry) -> Iterator[str]:
    yield _pair(session, "peer_url", entry.peer_url)
    yield _pair(session, "tls_authority", sha256(entry.tls_authority.encode()))
    for pin in entry.tls_pins:
        yield _pair(session, "tls_pin", pin)
    for period in entry.signing:
        yield _pair(session, "signing_key", f"{_key(period.key)} · {_period(period.not_before, period.not_after)}")
    yield _pair(session, "sealing_key", _key(entry.sealing_key))
    for each in entry.lists:
        yield from _list(session, each)
    for contact in entry.contacts:
        words = (contact.id, contact.phone, contact.email, ", ".join(contact.languages))
        yield _pair(session, "contact", " · ".join(words))


def _list(session: Session, entry: ListEntry) -> Iterator[str]:
    yield session.say(
        "ceremony.line.list",
        list=entry.list,
        audience=entry.audience,
        entropy=session.say(f"cli.list.class.{entry.entropy}"),
        daily=entry.daily_per_asker,
        officer=entry.daily_per_officer,
        cap=entry.epoch_cap,
    )
    for epoch in entry.epochs:
        period = _period(epoch.not_before, epoch.not_after)
        yield session.say("ceremony.line.epoch", list=entry.list, epoch=epoch.epoch, public=_key(epoch.key), period=period)


def _key(public: bytes) -> str:
    """A key's id, by which `celosia keys show` and `celosia entry --without` name it, and the whole of it."""
    return f"{key_id(public)} · {to_base64url(public)}"


def _day(date: datetime) -> str:
    """In UTC, because the clock on the wall differs from table to table."""
    return date.strftime("%Y-%m-%d %H:%M UTC")


def _period(begins: int, ends: int) -> str:
    return " – ".join(_day(datetime.fromtimestamp(each, UTC)) for each in (begins, ends))


def _spoken(digest: str) -> str:
    """As `celosia directory fingerprint` gives it for the file with that digest."""
    return ceremony.in_groups(digest)


def _pair(session: Session, name: str, value: str) -> str:
    return session.say("cli.pair", name=session.say(f"ceremony.field.{name}"), value=value)
