"""Holds the contract to the rules that its linters do not know. A failure lists every breach, one line each."""

import pytest

from scripts.places import ROOT
from tests.contract.rules import completeness, examples, handlers, layout, limits, links, printed, topology


def _none(found):
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_link_leads_to_an_operation(api):
    """A link names an operation that exists and the parameters that it takes."""
    _none(links.broken_links(api))


def test_every_operation_is_a_function(api):
    """An operationId is the path and name of an asynchronous handler."""
    _none(handlers.unhandled_operations(api, handlers.functions(ROOT / "handlers")))


def test_every_event_operation_is_a_function(events):
    """What the contract receives has a handler, and what it sends has a publisher."""
    _none(handlers.unhandled_messages(events, handlers.functions(ROOT / "handlers")))


def test_only_what_is_not_done_is_listed_as_unfinished(api, events, sources):
    """The list of what is promised and not done tells the truth."""
    listed, known = sources.document("unfinished.yaml"), handlers.functions(ROOT / "handlers")
    _none(handlers.falsely_unfinished(api, events, listed, known))


def test_every_message_is_sent_or_received(events):
    """No message stands in a channel for nothing."""
    _none(handlers.unspoken_messages(events))


def test_every_handler_is_in_the_contract(api, events):
    """No public asynchronous function of a dialect is unknown to the contract."""
    _none(handlers.unclaimed_functions(api, events, handlers.functions(ROOT / "handlers")))


def test_paths_stand_in_their_files(sources):
    """The root has one reference per path, and operations are named after their files."""
    _none(layout.misplaced_paths(sources))


def test_no_path_item_is_left_over(sources):
    """Every path item is referred to by the root."""
    _none(layout.unused_items(sources))


def test_no_schema_is_left_over(sources, api, events):
    """Every schema is used by a contract."""
    _none(layout.unused_schemas(sources, api, events))


def test_schema_names_are_unlike(api, events):
    """No two schema names differ in case only."""
    _none(layout.names_too_alike(api) + layout.names_too_alike(events))


def test_no_habit_that_breaks_tools(api):
    """There is no default answer, no schema on an event stream and no discriminator object."""
    _none(layout.forbidden_habits(api))


def test_bodies_have_names(api):
    """Every JSON body with fields is a named schema, so that a model carries it."""
    _none(layout.unnamed_bodies(api))


def test_dialects_keep_to_their_paths(api):
    """An operation stands on a path that its dialect owns."""
    _none(layout.foreign_paths(api))


def test_operations_are_complete(api):
    """Every operation says what it is for, who may call it, how often, and how it can fail."""
    _none(completeness.incomplete_operations(api))


def test_every_limit_stands_in_the_table(api, events):
    """Every operation names a category of its dialect, and every dialect with WebSockets has one for them."""
    _none(limits.unknown_categories(api, events))


def test_every_limit_is_told(api):
    """Every answer of a limited operation says how many requests are left, and one too many is declared."""
    _none(limits.untold_limits(api))


def test_errors_speak_their_dialect(api):
    """Every failure has the form of the operation's dialect."""
    _none(completeness.foreign_errors(api))


def test_examples_are_valid(api, events):
    """Every example and default is what its schema admits, formats included."""
    _none(examples.bad_examples(api) + examples.bad_examples(events))


def test_examples_are_there(api, events):
    """Every JSON request, every JSON success and every message shows an example."""
    _none(examples.missing_examples(api) + examples.messages_without_examples(events))


def test_what_is_printed_is_held(api, events, prints):
    """Every example of the reference documents is an example of the contract, and its schema admits it."""
    assert {str(entry["operation"]).split(".")[0] for entry in prints} == set(api["x-dialects"])
    _none(printed.broken_promises(prints, api, events))


def test_what_is_said_of_rabbitmq_is_understood(events, sources):
    """The topology names exchanges that there are, in words that its schema knows."""
    _none(topology.bad_topology(events, sources.document("channels/x-rabbitmq.schema.yaml")))
