"""allowed: the anomalies that are no bug, each with its reason. A check that meets one counts it
under its name; check.py prints the counts. Nothing else is forgiven."""

ALLOWED = {
    "repeated-record":
        "A record of one of our streams is in the log more than once. Delivery is at least once: a "
        "producer that was killed, renewed or rewound sends committed events again; readers drop "
        "them by sequence. K3 judges what readers did, not how often it was said.",
    "healed-hole":
        "A link of a chain is missing at its place in the log and stands further on. A reader "
        "drops what follows a hole, and the source sends it again behind the missing link. It is "
        "no hole "
        "any more when a reader who starts at the beginning can take every link.",
    "repeated-answer":
        "A command that was sent again is answered again with the same event: same id, same "
        "sequence, same body. That is what the contract promises for repeats.",
    "info-happened":
        "A command whose outcome the client does not know was taken. It may have happened once, at "
        "any moment after it was sent.",
    "info-absent":
        "A command whose outcome the client does not know is nowhere. It may not have happened.",
    "dead-command":
        "A command that cannot be read is dead-lettered and leaves no other mark; where it can be "
        "answered it is refused. It parks nothing.",
    "parked":
        "The trial sent records that cannot be decided (trial.json: poison), and they wait in "
        "`parked`, with the records behind them.",
    "redriven":
        "What was parked is noted when it is parked, and again in the batch in which an operator "
        "has it decided; what an operator discards leaves no line: the command stands for it.",
    "compacted":
        "An older snapshot is gone from a compacted topic because a later one of the same key is "
        "there.",
    "refusing-destination":
        "Events of a topic that refuses for good are named in `unsent` and wait there; the trial "
        "took the topic or the right away (trial.json: refusing).",
    "older-incarnation":
        "A service was restored from a backup and reconciled: what its older stream told after the "
        "backup is in the log and no longer in its journal, and readers that had not read it drop "
        "it.",
    "decided-again":
        "A service was restored from a backup and decides again what others have done already: "
        "they answer again, by a new event that changes nothing. Money and stock are judged by "
        "their rows all the same.",
    "clock-moved":
        "The trial moved the clock of a service, so that the times it wrote down say nothing about "
        "how fast it was.",
    "unlimited-account":
        "The account has no credit limit, so that none can be exceeded; its figures are kept and "
        "checked all the same.",
    "rules-changed":
        "The rules of the account were changed during the trial: those that held when an order was "
        "judged are taken from its own row, and are not derived a second time.",
    "receiver-repeat":
        "A partner's receiver got a record more than once. The partner topic is at least once for "
        "its reader; the id and the number tell the repeat.",
    "expired-record":
        "A topic's retention or compaction has removed its first records, so that they are "
        "compared with the journals only.",
}


class Tally:
    def __init__(self):
        self.counts = {}

    def add(self, name, count=1):
        if name not in ALLOWED:
            raise KeyError(f"no allowed anomaly is called {name}")
        if count:
            self.counts[name] = self.counts.get(name, 0) + count
