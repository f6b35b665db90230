"""commands: what is sent, as the JSON lines that `batuta send` takes. Amounts and quantities are
integers in millionths here and decimal strings on the way."""
import hashlib
import uuid

MICRO = 10**6


def decimal(micro):
    """1500000 -> "1.5"."""
    sign, micro = ("-", -micro) if micro < 0 else ("", micro)
    whole, rest = divmod(micro, MICRO)
    return f"{sign}{whole}" + (f".{rest:06d}".rstrip("0") if rest else "")


def micro_of(text):
    """"1.5" -> 1500000, exactly; also of a Decimal from the database."""
    text = format(text, "f") if not isinstance(text, str) else text
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, rest = text.partition(".")
    if len(rest.rstrip("0")) > 6:
        raise ValueError(f"{text} has more than 6 decimals")
    return sign * (int(whole) * MICRO + int((rest + "000000")[:6]))


def money(micro, currency="EUR"):
    return {"amount": decimal(micro), "currency": currency}


def quantity(micro, unit="C62"):
    return {"value": decimal(micro), "unit": unit}


def order_id(*parts):
    """The same parts give the same id: a UUID of version 8."""
    digest = bytearray(hashlib.sha256("\n".join(map(str, parts)).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0f | 0x80
    digest[8] = digest[8] & 0x3f | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def command(kind, body, **more):
    return {"type": f"batuta.{kind}.v1", "body": {k: v for k, v in body.items() if v is not None},
            **more}


def key():
    return uuid.uuid4().hex


def reference(service, kind, **body):
    return command(f"{service}.{kind}.put", {"reference": f"reference:{kind}",
                                             "principal": "back-office",
                                             "idempotency_key": key(), **body})


def products(items):
    return reference("catalog", "product", items=items)


def sellers(items):
    return reference("catalog", "seller", items=items)


def nodes(items):
    return reference("catalog", "node", items=items)


def offers(items):
    return reference("catalog", "offer", items=items)


def assortments(items):
    return reference("catalog", "assortment", items=items)


def price_list(name, level, prices, currency="EUR", **more):
    """prices: (sku, unit, amount in micro[, from quantity in micro])."""
    rows = [{"sku": p[0], "unit": p[1], "amount": decimal(p[2]),
             **({"min_quantity": decimal(p[3])} if len(p) > 3 and p[3] else {})} for p in prices]
    return reference("pricing", "price_list", price_list=name, level=level, currency=currency,
                     prices=rows, **more)


def discounts(items):
    return reference("pricing", "discount", items=items)


def stock_set(node, items):
    """items: (sku, quantity in micro, unit[, backorder limit in micro])."""
    rows = [{"sku": i[0], "quantity": quantity(i[1], i[2]),
             **({"backorder_limit": decimal(i[3])} if len(i) > 3 else {})} for i in items]
    return command("catalog.stock.set", {"node": node, "principal": "stock-feed",
                                         "idempotency_key": key(), "items": rows})


def account_put(account, **body):
    return command("approvals.account.put", {"account": account, "principal": "back-office",
                                             "idempotency_key": key(), **body})


def payment(account, micro, currency="EUR", **more):
    return command("approvals.payment.record",
                   {"account": account, "principal": "back-office", "idempotency_key": key(),
                    "amount": money(micro, currency), **more})


def submit(order, account, buyer, lines, kind="submit", **body):
    """lines: dicts with sku, quantity in micro, unit and what else a line may have."""
    rows = []
    for number, line in enumerate(lines, 1):
        row = {k: v for k, v in line.items() if k not in ("quantity", "unit") and v is not None}
        row["line"] = line.get("line", number)
        row["quantity"] = quantity(line["quantity"], line.get("unit", "C62"))
        rows.append(row)
    body = {"principal": buyer, "currency": "EUR", **body}
    return command(f"orders.order.{kind}",
                   {"order": order, "account": account, "buyer": buyer, "lines": rows, **body})


def cancel(order, principal, **more):
    return command("orders.order.cancel", {"order": order, "principal": principal,
                                           "idempotency_key": key(), **more})


def decide(verb, account, order, person, content_hash, **more):
    """verb: approve or reject."""
    return command(f"approvals.approval.{verb}",
                   {"account": account, "order": order, "principal": person,
                    "idempotency_key": key(), "content_hash": content_hash, **more})


def respond(verb, partner, order, sub_order, lines=None, principal=None, **more):
    """verb: accept, reject, ship, deliver. lines: (line, quantity in micro, unit) or (line,)."""
    rows = None
    if lines is not None:
        rows = [{"line": x[0], **({"quantity": quantity(x[1], x[2])} if len(x) > 1 else {})}
                for x in lines]
    return command(f"notifications.fulfilment.{verb}",
                   {"partner": partner, "order": order, "sub_order": sub_order,
                    "principal": principal or partner, "idempotency_key": key(), "lines": rows,
                    **more})
