"""The description of the API as one page that needs no network and no script."""

import json
import shlex
from html import escape
from urllib.parse import quote

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1f24; background: #fff }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.1rem } h2 code { font-weight: 600 }
pre { background: #f3f5f7; padding: .8rem; white-space: pre-wrap; border-radius: 4px }
table { border-collapse: collapse } th, td { text-align: left; padding: .2rem 1rem .2rem 0;
  vertical-align: top } th { border-bottom: 1px solid #8a9099 }
a { color: #0b57a4 } .verb { display: inline-block; min-width: 3.5rem; font-weight: 700 }
"""


def page(description: dict, host: str) -> str:
    """Return an OpenAPI description as HTML.

    Parameters
    ----------
    description : dict
        Of FastAPI.
    host : str
        Whom the examples ask.
    """
    info, schemas = description["info"], description["components"]["schemas"]
    parts = [
        _operation(path, verb, operation, schemas, host)
        for path, verbs in description["paths"].items()
        for verb, operation in verbs.items()
    ]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(info["title"])} API</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(info["title"])} API {escape(info["version"])}</h1>
<p>{escape(info["description"])}</p>
<p>For programs: <a href="/openapi.json">openapi.json</a>, the same as OpenAPI.</p>
{"".join(parts)}
</body>
</html>
"""


def _operation(path: str, verb: str, operation: dict, schemas: dict, host: str) -> str:
    parameters = operation.get("parameters", [])
    rows = [(p["name"], p["in"], p["schema"], p.get("required", False)) for p in parameters]
    address = _address(path, parameters)
    commands = [f"curl {shlex.quote(host + address)}"]
    trial = f'<p>Try it: <a href="{escape(address)}">{escape(address)}</a></p>'
    if "requestBody" in operation:
        asked = operation["requestBody"]["content"]["application/json"]["schema"]
        rows += _fields(asked, schemas)
        sent = [shlex.quote(json.dumps(example)) for example in asked["examples"]]
        kind = "-H 'Content-Type: application/json'"
        commands = [f"{commands[0]} {kind} -d {body}" for body in sent]
        trial = ""
    codes = "".join(
        f"<tr><td>{escape(code)}<td>{escape(_told(answer, schemas))}</tr>"
        for code, answer in operation["responses"].items()
    )
    head = "<tr><th>name<th>in<th>what it is</tr>"
    table = f"<table>{head}{''.join(_row(*row) for row in rows)}</table>" if rows else ""
    return (
        f'<h2><span class="verb">{verb.upper()}</span> <code>{escape(path)}</code></h2>'
        f"<p>{escape(operation['summary'])}.</p>{table}"
        f"{''.join(f'<pre>{escape(command)}</pre>' for command in commands)}{trial}"
        f"<table>{codes}</table>\n"
    )


def _fields(asked: dict, schemas: dict) -> list[tuple[str, str, dict, bool]]:
    """Return the fields of a body; one is required if all forms of the body require it."""
    forms = [_resolve(form, schemas) for form in asked.get("oneOf", [asked])]
    fields = {name: field for form in forms for name, field in form["properties"].items()}
    return [
        (name, "body", field, all(name in form.get("required", []) for form in forms))
        for name, field in fields.items()
    ]


def _told(answer: dict, schemas: dict) -> str:
    """Return what an answer means, or which fields it has."""
    schema = _resolve(answer["content"]["application/json"]["schema"], schemas)
    if "detail" in schema["properties"]:
        return answer["description"]
    names = []
    for name, field in schema["properties"].items():
        item = _resolve(field.get("items", {}), schemas)
        names.append(f"{name} [{', '.join(item['properties'])}]" if "properties" in item else name)
    return ", ".join(names)


def _row(name: str, where: str, schema: dict, required: bool) -> str:
    said = [_limits(schema)]
    if required:
        said.append("required")
    elif schema.get("default") not in (None, "", []):
        said.append(f"{json.dumps(schema['default'])} if left out")
    text = ", ".join(filter(None, said)) + ". " + schema.get("description", "")
    return f"<tr><td><code>{escape(name)}</code><td>{where}<td>{escape(text)}</tr>"


def _limits(schema: dict) -> str:
    """Return type and limits in words."""
    if "anyOf" in schema:
        schema = next(choice for choice in schema["anyOf"] if choice.get("type") != "null")
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    words = [schema.get("type", "object").replace("array", "list")]
    if "minimum" in schema:
        words.append(f"from {schema['minimum']:.10g} to {schema['maximum']:.10g}")
    if "maxLength" in schema:
        words.append(f"of at most {schema['maxLength']} characters")
    if "maxItems" in schema:
        words.append(f"of at most {schema['maxItems']}")
    return " ".join(words)


def _resolve(schema: dict, schemas: dict) -> dict:
    return schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def _address(path: str, parameters: list[dict]) -> str:
    asked = []
    for parameter in parameters:
        examples = parameter["schema"].get("examples")
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", str(examples[0]))
        elif examples:
            asked.append(f"{parameter['name']}={quote(str(examples[0]))}")
    return path + ("?" + "&".join(asked) if asked else "")
