"""ask: commands that are awaited: each goes out with an id of its own, and the answer is looked up
in the answering service's own table."""
import json
import uuid

from stack import wait_for

OWNERS = {"catalog": "catalog", "pricing": "pricing", "approvals": "approvals",
          "orders": "orders", "notifications": "notifications"}


class Refused(Exception):
    pass


def service_of(command):
    return OWNERS[command["type"].split(".")[1]]


def with_ids(commands):
    for command in commands:
        command.setdefault("id", str(uuid.uuid4()))
    return commands


def answers(stack, service, ids):
    """ce_id of the command -> (accepted, body of the answer)."""
    return {command: (kind.endswith(".accepted.v1"), json.loads(body))
            for command, kind, body in stack.rows(
                service, "select command_id, type, body from answer where command_id = any(%s)",
                (list(ids),))}


def ask(stack, sender, commands, seconds=30, progress=None, accepted=True):
    """Sends and waits for every answer; {id: (accepted, body)}. With `accepted`, a refusal is an
    error."""
    with_ids(commands)
    sender.send(commands)
    sender.flush(seconds)
    waiting = {}
    for command in commands:
        waiting.setdefault(service_of(command), {})[command["id"]] = command
    found = {}

    def all_answered():
        for service, open_commands in waiting.items():
            missing = [i for i in open_commands if i not in found]
            if missing:
                found.update(answers(stack, service, missing))
        if progress:
            progress(len(found), len(commands))
        return len(found) == len(commands)
    wait_for(f"answers to {len(commands)} commands such as {commands[0]['type']}",
             all_answered, seconds, 0.05)
    if accepted:
        for command in commands:
            taken, body = found[command["id"]]
            if not taken:
                raise Refused(f"{command['type']} was refused: {body.get('code')} at "
                              f"{body.get('path')}: {body.get('text')} {body.get('remedy')}")
    return found


def references_known(stack, seconds=30):
    """Waits until orders knows every fact that catalog has told."""
    def level():
        told = dict(stack.rows("catalog", "select kind, version from reference_version"))
        known = dict(stack.rows("orders", "select kind, version from reference_version"))
        return all(known.get(kind, 0) >= version for kind, version in told.items())
    wait_for("orders to know the catalogue", level, seconds, 0.05)
