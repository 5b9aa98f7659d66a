"""A small split contract, complete enough to generate everything from."""

from pathlib import Path

import pytest

from scripts.generate.tree import tree

_FILES = {
    "openapi.yaml": """
openapi: 3.1.0
info: { title: Things, version: 1.0.0 }
servers: [{ url: / }]
x-dialects: { ggi: { prefixes: [/] } }
x-rate-limits: { ggi: { things: { requests: 10, seconds: 60 }, pings: { unlimited: They cost nothing. } } }
paths:
  /things/{thing_id}: { $ref: paths/ggi/things.yaml#/thing }
components:
  securitySchemes:
    bearer: { type: http, scheme: bearer }
""",
    "asyncapi.yaml": """
asyncapi: 3.0.0
info: { title: Things, version: 1.0.0 }
servers:
  broker: { host: localhost, protocol: amqp }
channels:
  things: { $ref: channels/ggi.yaml#/things }
operations:
  ggi.streams.tell:
    action: send
    channel: { $ref: '#/channels/things' }
    messages: [{ $ref: '#/channels/things/messages/made' }]
""",
    "channels/ggi.yaml": """
things:
  address: things.made
  servers: [{ $ref: ../asyncapi.yaml#/servers/broker }]
  bindings:
    amqp: { is: queue, queue: { name: things, durable: true } }
  messages:
    made:
      name: ggi.made
      payload: { $ref: ../schemas/ggi/things.yaml#/$defs/Thing }
    lost:
      name: ggi.lost
      payload: { $ref: ../schemas/shared/values.yaml#/$defs/Gap }
""",
    "paths/shared/parameters.yaml": """
ThingId: { name: thing_id, in: path, required: true, schema: { $ref: ../../schemas/shared/values.yaml#/$defs/Id } }
""",
    "paths/shared/headers.yaml": """
x-limited: { X-Left: Left }
Left: { required: true, schema: { type: integer } }
""",
    "paths/shared/responses.yaml": """
x-statuses:
  {
    '400': no, '401': no, '403': no, '404': not_found, '409': no, '413': no, '415': no, '429': no, '500': no, '503': no
  }
no:
  description: The {dialect} answer is no.
  headers: { X-Left: { $ref: ../shared/headers.yaml#/Left } }
not_found:
  description: There is no such thing.
  content:
    application/json: { schema: { type: object } }
""",
    "paths/ggi/things.yaml": """
thing:
  parameters: [{ $ref: ../shared/parameters.yaml#/ThingId }]
  put:
    operationId: ggi.things.put_thing
    summary: Put a thing
    security: [{ bearer: ['thing:write', 'thing:read'] }]
    x-rate-limit: things
    requestBody:
      required: true
      content:
        application/json:
          schema: { $ref: ../../schemas/ggi/things.yaml#/$defs/Thing }
          example: { id: a, $ref: data, at: 2025-11-03T00:00:00Z }
    responses:
      '201':
        description: It is there.
        content:
          application/json: { schema: { $ref: ../../schemas/ggi/things.yaml#/$defs/Thing } }
      '404': { $ref: responses.yaml#/not_found }
""",
    "schemas/shared/values.yaml": """
$defs:
  Id: { type: string, pattern: '^(?!x)', description: Any name. }
  Gap: { type: object, properties: { missed: { type: integer, minimum: 1 } } }
  Free: { type: object }
""",
    "schemas/ggi/errors.yaml": """
x-errors:
  lost: { status: 404, code: gone }
  deleted: { status: 410, code: gone }
  late: { status: 503 }
$defs:
  Code: { type: string, x-codes: '#/x-errors' }
""",
    "schemas/ggi/things.yaml": """
$defs:
  Colour: { type: string, enum: [red, blue] }
  Thing:
    type: object
    description: A thing.
    required: [id, at]
    additionalProperties: false
    properties:
      id: { $ref: ../shared/values.yaml#/$defs/Id }
      at: { type: string, format: date-time }
      link: { type: string, format: uri }
      key: { type: string, format: uuid }
      mail: { type: string, format: email }
      size: { type: number, minimum: 0 }
      colour: { $ref: '#/$defs/Colour', default: red }
      note: { type: [string, 'null'] }
      free: { $ref: ../shared/values.yaml#/$defs/Free }
      parts: { type: array, items: { $ref: '#/$defs/Thing' } }
      x-schema: { type: string }
      place: { type: object, required: [x], properties: { x: { type: integer } } }
""",
    "nexus.proto": """
syntax = "proto3";
package nexus;
message Thing { string id = 1; }
service Things { rpc Put(Thing) returns (Thing); }
""",
}


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """The folder of a small contract, to be changed by a test."""
    return _write(tmp_path / "specs")


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is generated from the small contract as it is."""
    return tree(_write(tmp_path_factory.mktemp("contract") / "specs"))


@pytest.fixture
def edit(specs):
    """Replaces a text in one file of the small contract."""

    def edited(name, before, after):
        text = (specs / name).read_text("utf-8")
        assert before in text
        (specs / name).write_text(text.replace(before, after), "utf-8")

    return edited


def _write(folder: Path) -> Path:
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), "utf-8")
    return folder
