#!/usr/bin/env python3
"""contract: the documents in proto/ as strangers read them: JSON Schema by jsonschema (both
drafts), AsyncAPI by the asyncapi3 models, references resolved by hand."""
import glob
import json
import os
import sys
import warnings

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
failed = False


def report(name, wrong):
    global failed
    failed |= bool(wrong)
    print(f"FAIL {name}: {wrong}" if wrong else f"ok {name}")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def check_schemas():
    for path in sorted(glob.glob("proto/schemas/*.json")):
        schema = load(path)
        for draft in (jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
            try:
                draft.check_schema(schema)
            except jsonschema.SchemaError as error:
                return f"{path} {draft.__name__}: {error.message}"
    return None


def resolve(document, reference):
    """The target of "#/a/b" or "./schemas/x.json"; KeyError or OSError when there is none."""
    if reference.startswith("#/"):
        target = document
        for part in reference[2:].split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        return target
    return load(os.path.join("proto", reference))


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def check_references(document):
    for reference in references(document):
        try:
            resolve(document, reference)
        except (KeyError, OSError, ValueError) as error:
            return f"{reference}: {error!r}"
    return None


def check_examples(document):
    """Each example against the schema of its message, found through the AsyncAPI document."""
    messages = {m["name"]: m for m in document["components"]["messages"].values()}
    paths = sorted(glob.glob("proto/examples/*.json"))
    names = {os.path.basename(p)[:-5] for p in paths}
    carriers = {"deadLetter", "routed"}
    if names != set(messages) - carriers:
        return f"examples and messages differ: {sorted(names ^ (set(messages) - carriers))}"
    for path in paths:
        name = os.path.basename(path)[:-5]
        schema = resolve(document, messages[name]["payload"]["$ref"])
        for draft in (jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
            checker = draft(schema, format_checker=jsonschema.FormatChecker())
            error = next(checker.iter_errors(load(path)), None)
            if error is not None:
                return f"{path}: {error.message}"
    return None


def check_closed():
    """Commands refuse unknown members, events pass them over."""
    for path in sorted(glob.glob("proto/schemas/*.json")):
        if load(path)["additionalProperties"] is not path.endswith(".event.json"):
            return path
    return None


def check_structure(document):
    for name, channel in document["channels"].items():
        kafka = channel["bindings"]["kafka"]
        if kafka["partitions"] < 1 or "max.message.bytes" not in kafka["topicConfiguration"]:
            return name
    for name, operation in document["operations"].items():
        channel = resolve(document, operation["channel"]["$ref"])
        if operation["action"] != ("receive" if channel["x-access"] == "open" else "send"):
            return name
    return None


def check_models(document):
    warnings.simplefilter("ignore")
    from asyncapi3 import AsyncAPI3
    try:
        AsyncAPI3.model_validate(document)
    except ValueError as error:
        return str(error)[:400].replace("\n", " ")
    return None


def main():
    import yaml
    os.chdir(ROOT)
    with open("proto/asyncapi.yaml", encoding="utf-8") as file:
        document = yaml.safe_load(file)
    report("json schemas are valid", check_schemas())
    report("commands are closed, events open", check_closed())
    report("references resolve", check_references(document))
    report("channels and operations", check_structure(document))
    report("asyncapi models", check_models(document))
    report("examples keep their schemas", check_examples(document))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
