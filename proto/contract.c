/* contract: JSON Schemas and asyncapi.yaml as text, from the same tables that the services run by.
 * Everything is written in one order and one layout, so that a test can compare it by bytes. */
#include "proto/contract.h"

#include "common/json.h"
#include "proto/rights.h"
#include "proto/topics.h"
#include "proto/types.h"

#include <stdio.h>
#include <string.h>

enum { HOUR_MS = 3600 * 1000 };

static const char preamble[] =
    "asyncapi: 3.0.0\n"
    "info:\n"
    "  title: Batuta\n"
    "  version: 1.0.0\n"
    "  description: >-\n"
    "    Topics and messages of Batuta, made from the tables in proto/ (make contract). Every\n"
    "    message is a CloudEvent 1.0 in Kafka's binary mode: the attributes are headers, the "
    "value\n"
    "    is the JSON of the data. Commands are closed (an unknown member is refused), events are\n"
    "    open (pass over what you do not know).\n"
    "  license:\n"
    "    name: Apache-2.0\n"
    "defaultContentType: application/json\n"
    "servers:\n"
    "  installation:\n"
    "    host: '{brokers}'\n"
    "    protocol: kafka\n"
    "    variables:\n"
    "      brokers:\n"
    "        description: Bootstrap address; BATUTA_BROKERS in the stack's stack.env.\n"
    "        default: 127.0.0.1:9092\n";

static const char header_schemas[] =
    "  schemas:\n"
    "    cloudEvent:\n"
    "      type: object\n"
    "      description: CloudEvents 1.0 attributes as Kafka headers.\n"
    "      properties:\n"
    "        ce_specversion:\n"
    "          const: '1.0'\n"
    "        ce_id:\n"
    "          type: string\n"
    "          minLength: 1\n"
    "          description: (ce_source, ce_id) names the event for ever; drop repeats by it.\n"
    "        ce_source:\n"
    "          type: string\n"
    "          description: Ours is /batuta/<service>/<partition>.\n"
    "        ce_type:\n"
    "          type: string\n"
    "        ce_time:\n"
    "          type: string\n"
    "          format: date-time\n"
    "        ce_subject:\n"
    "          type: string\n"
    "          description: The order, when the message is about one.\n"
    "        content-type:\n"
    "          const: application/json\n"
    "        ce_sequence:\n"
    "          type: string\n"
    "          pattern: '^[0-9]{20}$'\n"
    "          description: Contiguous from 1 per aggregate.\n"
    "        ce_previoushash:\n"
    "          type: string\n"
    "          pattern: '^[0-9a-f]{64}$'\n"
    "          description: SHA-256 chain, the event of this aggregate before.\n"
    "        ce_correlationid:\n"
    "          type: string\n"
    "          description: Carried to everything that follows, when the sender gave one.\n"
    "        ce_causationid:\n"
    "          type: string\n"
    "          description: What led to it, ce_source#ce_id, or the timer.\n"
    "        traceparent:\n"
    "          type: string\n"
    "      required: [ce_specversion, ce_id, ce_source, ce_type]\n"
    "    signed:\n"
    "      type: object\n"
    "      properties:\n"
    "        batuta-auth:\n"
    "          type: string\n"
    "          pattern: '^[^ ]+ [0-9a-f]{64}$'\n"
    "          description: >-\n"
    "            \"<system> <HMAC-SHA256>\" over ce_id, a line feed, the key, a line feed, the\n"
    "            value, with the key that the system is registered with.\n"
    "      required: [batuta-auth]\n"
    "    deadLetter:\n"
    "      type: object\n"
    "      properties:\n"
    "        dlq-error-class:\n"
    "          type: string\n"
    "        dlq-error-message:\n"
    "          type: string\n"
    "        dlq-original-topic:\n"
    "          type: string\n"
    "        dlq-original-partition:\n"
    "          type: string\n"
    "        dlq-original-offset:\n"
    "          type: string\n"
    "        dlq-attempts:\n"
    "          type: string\n"
    "      required: [dlq-error-class, dlq-error-message, dlq-original-topic]\n";

/* Double-quoted YAML takes what JSON strings are. */
static void quoted_write(struct buf *out, const char *indent, const char *key, const char *text)
{
    buf_printf(out, "%s%s: ", indent, key);
    json_write_text(str_of(text), out);
    buf_text(out, "\n");
}

static bool is_per_partner(const struct topic *t)
{
    return strstr(t->name, "%s") != NULL;
}

/* "partners.%s.fulfilment.v1" -> "partners.<with>.fulfilment.v1". */
static struct str topic_name_with(const struct topic *t, const char *with, struct arena *a)
{
    const char *at = strstr(t->name, "%s");
    if (at == NULL)
        return str_of(t->name);
    return arena_printf(a, "%.*s%s%s", (int)(at - t->name), t->name, with, at + 2);
}

/* Ids in the document: letters, digits, '-', '_'; some tools take no dots. */
static struct str id_of(struct str name, struct arena *a)
{
    char *id = arena_cstr(a, name);
    for (size_t i = 0; i < name.size; i++)
        if (id[i] == '.')
            id[i] = '-';
    return (struct str){id, name.size};
}

static struct str channel_id(const struct topic *t, struct arena *a)
{
    return id_of(topic_name_with(t, "PARTNER", a), a);
}

static struct str message_id(const struct message_type *t, struct arena *a)
{
    return id_of(str_of(t->name), a);
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t size = strlen(name), tail = strlen(suffix);
    return size >= tail && strcmp(name + size - tail, suffix) == 0;
}

/* Topics that carry other topics' records name no types of their own. */
static const char *carrier_message(const struct topic *t)
{
    if (has_suffix(t->name, ".dlq.v1"))
        return "deadLetter";
    return has_suffix(t->name, ".routed.v1") ? "routed" : NULL;
}

static void messages_write(struct buf *out, const struct topic *t)
{
    const char *carrier = carrier_message(t);
    bool any = false;
    for (size_t i = 0; message_types[i]; i++) {
        if (message_types[i]->topic != t)
            continue;
        struct str id = message_id(message_types[i], out->arena);
        buf_printf(out, "%s      %s:\n        $ref: '#/components/messages/%s'\n",
                   any ? "" : "    messages:\n", id.at, id.at);
        any = true;
    }
    if (carrier != NULL)
        buf_printf(out, "    messages:\n      %s:\n        $ref: '#/components/messages/%s'\n",
                   carrier, carrier);
    else if (!any)
        buf_text(out, "    messages: {}\n");
}

static void channel_write(struct buf *out, const struct topic *t)
{
    struct arena *a = out->arena;
    buf_printf(out, "  %s:\n", channel_id(t, a).at);
    quoted_write(out, "    ", "address", topic_name_with(t, "{partner}", a).at);
    quoted_write(out, "    ", "description", t->doc);
    messages_write(out, t);
    if (is_per_partner(t))
        buf_text(out, "    parameters:\n      partner:\n        description: Seller id.\n");
    buf_text(out, "    bindings:\n      kafka:\n");
    quoted_write(out, "        ", "topic", topic_name_with(t, "{partner}", a).at);
    int partitions = t->partition_count > 0 ? t->partition_count : CONTRACT_PARTITION_COUNT;
    buf_printf(out, "        partitions: %d\n", partitions);
    buf_text(out, "        topicConfiguration:\n");
    buf_printf(out, "          cleanup.policy: [%s]\n", t->compacted ? "compact" : "delete");
    if (t->retention_hours > 0)
        buf_printf(out, "          retention.ms: %lld\n", (long long)t->retention_hours * HOUR_MS);
    buf_printf(out, "          max.message.bytes: %d\n", t->message_size_max);
    buf_text(out, "        bindingVersion: 0.5.0\n");
    quoted_write(out, "    ", "x-key", t->key);
    quoted_write(out, "    ", "x-owner", t->owner);
    quoted_write(out, "    ", "x-access", t->access == TOPIC_OPEN ? "open" : "closed");
    quoted_write(out, "    ", "x-partitions",
                 t->partition_count > 0 ? "fixed" : "P of the installation");
}

static void rights_write(struct buf *out, const struct message_type *t)
{
    if (t->rights == 0)
        return;
    buf_text(out, "      x-rights: [");
    bool any = false;
    for (const struct right_name *r = right_names; r->name != NULL; r++) {
        if ((t->rights & r->bit) == 0)
            continue;
        buf_printf(out, "%s%s", any ? ", " : "", r->name);
        any = true;
    }
    buf_text(out, "]\n");
}

static void message_write(struct buf *out, const struct message_type *t)
{
    buf_printf(out, "    %s:\n", message_id(t, out->arena).at);
    quoted_write(out, "      ", "name", t->name);
    quoted_write(out, "      ", "summary", t->doc);
    buf_text(out, "      contentType: application/json\n"
                  "      headers:\n        allOf:\n"
                  "          - $ref: '#/components/schemas/cloudEvent'\n");
    if (t->command && t->rights != 0)
        buf_text(out, "          - $ref: '#/components/schemas/signed'\n");
    buf_printf(out,
               "          - type: object\n            properties:\n              ce_type:\n"
               "                const: %s\n",
               t->name);
    buf_printf(out, "      payload:\n        $ref: './schemas/%s'\n",
               contract_schema_name(t, out->arena).at);
    buf_text(out, "      bindings:\n        kafka:\n          key:\n            type: string\n");
    quoted_write(out, "            ", "description", t->topic->key);
    buf_text(out, "          bindingVersion: 0.5.0\n");
    rights_write(out, t);
}

static void operation_write(struct buf *out, const struct topic *t)
{
    struct str channel = channel_id(t, out->arena);
    bool open = t->access == TOPIC_OPEN;
    buf_printf(out, "  %s-%s:\n    action: %s\n", channel.at, open ? "hear" : "tell",
               open ? "receive" : "send");
    buf_printf(out, "    channel:\n      $ref: '#/channels/%s'\n", channel.at);
    quoted_write(out, "    ", "summary", t->doc);
    if (open)
        buf_text(out, "    bindings:\n      kafka:\n        groupId:\n          type: string\n");
    if (open)
        buf_printf(out, "          const: %s\n        bindingVersion: 0.5.0\n", t->owner);
}

static void carriers_write(struct buf *out)
{
    buf_text(out, "    deadLetter:\n"
                  "      name: deadLetter\n"
                  "      summary: The original key, value and headers, and why it died.\n"
                  "      headers:\n"
                  "        $ref: '#/components/schemas/deadLetter'\n"
                  "    routed:\n"
                  "      name: routed\n"
                  "      summary: A record that came to the wrong partition, unchanged.\n"
                  "      headers:\n"
                  "        $ref: '#/components/schemas/cloudEvent'\n");
}

void contract_asyncapi(struct buf *out)
{
    buf_text(out, preamble);
    buf_text(out, "channels:\n");
    for (size_t i = 0; topics[i]; i++)
        channel_write(out, topics[i]);
    buf_text(out, "operations:\n");
    for (size_t i = 0; topics[i]; i++)
        operation_write(out, topics[i]);
    buf_text(out, "components:\n");
    buf_text(out, header_schemas);
    buf_text(out, "  messages:\n");
    for (size_t i = 0; message_types[i]; i++)
        message_write(out, message_types[i]);
    carriers_write(out);
}

struct str contract_schema_name(const struct message_type *t, struct arena *a)
{
    return arena_printf(a, "%s.%s.json", t->shape->name, t->command ? "command" : "event");
}

static bool has_file(const struct contract_file *files, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(files[i].name, name))
            return true;
    return false;
}

size_t contract_files(struct arena *a, struct contract_file out[CONTRACT_FILE_COUNT_MAX])
{
    size_t count = 0;
    for (size_t i = 0; message_types[i]; i++) {
        const struct message_type *t = message_types[i];
        struct str name = arena_printf(a, "schemas/%s", contract_schema_name(t, a).at);
        if (has_file(out, count, name))
            continue;
        struct buf text = {.arena = a};
        shape_schema(t->shape, t->command ? SHAPE_CLOSED : SHAPE_OPEN, &text);
        assert(count < CONTRACT_FILE_COUNT_MAX - 1);
        out[count++] = (struct contract_file){name, buf_done(&text)};
    }
    struct buf text = {.arena = a};
    contract_asyncapi(&text);
    out[count++] = (struct contract_file){STR("asyncapi.yaml"), buf_done(&text)};
    return count;
}
