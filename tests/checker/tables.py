"""tables: what the documents say, written down once more for the checks: topics and owners, who
reads what, and which state may follow which. Taken from the contract and the services' READMEs, not
from their code."""

SERVICES = ("catalog", "pricing", "approvals", "orders", "notifications")
OPEN_TOPICS = {f"{s}.commands.v1": s for s in SERVICES} | {"partners.responses.v1": "notifications"}
REQUEST_TOPICS = {f"{s}.requests.v1": s for s in SERVICES if s != "orders"}


def owner_of(topic):
    """Who writes a closed topic; None for open and unknown ones."""
    if topic in REQUEST_TOPICS or topic == "orders.state.v1":
        return "orders"
    if topic.startswith("partners.") and topic.endswith(".fulfilment.v1"):
        return "notifications"
    first, _, rest = topic.partition(".")
    return first if first in SERVICES and rest in ("events.v1", "routed.v1", "dlq.v1") else None


def is_chained(topic):
    """Our services consume it: its records carry prev -> seq."""
    return topic in REQUEST_TOPICS or topic.endswith((".events.v1", ".routed.v1"))


def partner_of(topic):
    parts = topic.split(".")
    if parts[0] == "partners" and topic.endswith(".fulfilment.v1"):
        return ".".join(parts[1:-2])
    return None


ORDERS_HEAR = {
    "pricing.events.v1": ("pricing.quote.priced", "pricing.quote.refused"),
    "approvals.events.v1": tuple(f"approvals.authorization.{v}" for v in (
        "granted", "pending", "reminded", "refused", "rejected", "expired")),
    "catalog.events.v1": tuple(f"catalog.reservation.{v}" for v in (
        "reserved", "refused", "expired")) + tuple(
            f"catalog.{k}.changed" for k in ("product", "seller", "node", "offer", "assortment")),
    "notifications.events.v1": ("notifications.fulfilment.answered",),
}


def hears(service, topic, kind):
    """A service decides on such a record; others of the topic it passes over."""
    if topic == f"{service}.routed.v1" or REQUEST_TOPICS.get(topic) == service:
        return True
    if service != "orders" or topic not in ORDERS_HEAR:
        return False
    return (kind or "").removeprefix("batuta.").removesuffix(".v1") in ORDERS_HEAR[topic]


def readers_of(topic):
    if topic in REQUEST_TOPICS:
        return (REQUEST_TOPICS[topic],)
    if topic.endswith(".routed.v1"):
        return (topic.split(".")[0],)
    return ("orders",) if topic in ORDERS_HEAR else ()


def chain_of(event):
    """The aggregate whose events are numbered 1, 2, 3 ... and cover one another by hash."""
    kind, body = event.type or "", event.body
    service, _, noun = kind.removeprefix("batuta.").partition(".")
    if not isinstance(body, dict) or noun.startswith("command.") or \
            event.topic in REQUEST_TOPICS or event.topic == "orders.state.v1":
        return None
    if service == "orders":
        return ("order", body.get("order"))
    if service == "pricing":
        return ("quoted_order", body.get("order"))
    if service == "catalog":
        return ("reservation", body.get("order"), body.get("node")) \
            if noun.startswith("reservation.") else None
    if service == "approvals":
        if noun.startswith("authorization."):
            return ("order_authorization", body.get("account"), body.get("order"))
        return ("account", body.get("account"))
    if noun.startswith("fulfilment.answered"):
        return ("fulfilment", body.get("order"), str(body.get("sub_order")))
    if noun.startswith("notice."):
        return ("notice", body.get("order"), body.get("kind"), body.get("cause") or "",
                body.get("recipient"))
    if noun.startswith("payable."):
        return ("payable", body.get("order"), str(body.get("version")))
    return ("partner", body.get("partner"))


# --- lifecycles: (state before, event) -> states after

BEFORE_CONFIRM = ("received", "priced", "pending_approval", "approved")
FULFILLING = ("confirmed", "accepted", "shipped", "delivered")
_ENDS = {"refused": ("refused",), "cancelled": ("cancelled",), "expired": ("expired",)}

ORDER_FACTS = {
    None: {"received": ("received",), "refused": ("refused",)},
    "received": {"priced": ("priced",), "refused": ("refused",), "cancelled": ("cancelled",)},
    "priced": {"approval_pending": ("pending_approval",), "approved": ("approved",), **_ENDS},
    "pending_approval": {"approval_pending": ("pending_approval",), "approved": ("approved",),
                         **_ENDS},
    "approved": {"confirmed": ("confirmed",), "refused": ("refused",),
                 "cancelled": ("cancelled",)},
}
# While sellers are at work the header follows its least advanced open line, so that it never falls
# back, but may stay; a line that is taken out may let it leap, or end it.
for _n, _state in enumerate(FULFILLING):
    _on = FULFILLING[_n:]
    ORDER_FACTS[_state] = {
        "accepted": _on, "shipped": _on, "delivered": _on + ("closed",),
        "line_rejected": _on + ("closed", "refused", "cancelled"),
        "cancelled": _on + ("closed", "refused", "cancelled"), "cancel_refused": (_state,),
        "closed": ("closed",), "refused": ("refused",)}
for _state in ("closed", "refused", "cancelled", "expired"):
    ORDER_FACTS[_state] = {}
    ORDER_FACTS[f"ending {_state}"] = {_state: (_state,)}

AUTHORIZATION = {
    None: {"granted": "granted", "pending": "pending", "refused": "refused"},
    "pending": {"pending": "pending", "granted": "granted", "rejected": "rejected",
                "expired": "expired", "released": "released", "reduced": "pending",
                "reminded": "pending"},
    "granted": {"committed": "committed", "released": "released", "reduced": "granted"},
    "committed": {"reduced": "committed", "released": "released", "settled": "settled"},
    "settled": {},
}
AUTHORIZATION.update({s: AUTHORIZATION[None] for s in ("refused", "rejected", "expired",
                                                       "released")})

# Refusals that answer a request and leave the authorization as it is.
ANSWERS_ONLY = ("authorization_unknown", "authorization_open", "authorization_pending",
                "authorization_not_committed", "authorization_settled", "total_missing",
                "total_rises", "version_stale", "currency_mismatch")
# What is told again of what is done already: state -> facts that change nothing.
TOLD_AGAIN = {"granted": ("granted",), "committed": ("granted", "committed"),
              "settled": ("granted", "committed", "settled"), "pending": ("pending",),
              "refused": ("refused",), "rejected": ("rejected",), "expired": ("expired",),
              "released": ("released",)}

RESERVATION = {
    None: {"reserved": "reserved", "refused": "refused"},
    "reserved": {"committed": "committed", "released": ("released", "reserved"),
                 "expired": "expired", "refused": "reserved"},
    "committed": {"released": ("released", "committed"), "refused": "committed"},
    "refused": {"reserved": "reserved", "refused": "refused"},
    "released": {"reserved": "reserved", "refused": ("refused", "released")},
    "expired": {"reserved": "reserved", "refused": ("refused", "expired"), "expired": "expired"},
}

# An order that is committed where it is reserved: its requests say `commit`, and the yes to them is
# told as ever. State that the yes leads to, by that of other orders.
COMMITTED_EARLY = {"granted": "committed", "reserved": "committed"}


def committed_early(events, kind, *members):
    """Those that were asked for with `commit`, by members of the request."""
    return {tuple(str(e.body[m]) for m in members) for e in events
            if e.type == f"batuta.{kind}.request.v1" and isinstance(e.body, dict)
            and e.body.get("commit") and not e.body.get("dry_run")}


FULFILMENT = {
    None: {"accepted", "rejected", "cancelled"},
    "accepted": {"shipped", "rejected", "cancelled"},
    "rejected": {"accepted", "rejected", "shipped", "cancelled"},
    "shipped": {"shipped", "delivered", "rejected", "cancel_refused"},
    "delivered": {"shipped", "delivered", "rejected", "cancel_refused"},
    "cancelled": set(),
}

POSTING = {     # kind -> what happens to reserved, committed, posted, in amounts
    "reserve": ((1, 0, 0),), "commit": ((-1, 1, 0),), "settle": ((0, -1, 1),),
    "payment": ((0, 0, -1),), "release": ((-1, 0, 0), (0, -1, 0)),
    "reduce": ((-1, 0, 0), (0, -1, 0)),
}
