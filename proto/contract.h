/* contract: the documents of the contract, made from the tables of topics, types and shapes: JSON
 * Schemas and an AsyncAPI 3.0 description. Text only, no I/O: `batuta contract write` puts them
 * into proto/, and a test compares what lies there. */
#ifndef PROTO_CONTRACT_H
#define PROTO_CONTRACT_H

#include "common/message.h"

enum {
    CONTRACT_PARTITION_COUNT = 4, /* P in the document: the default of an installation */
    CONTRACT_FILE_COUNT_MAX = 256
};

struct contract_file {
    struct str name; /* below proto/: "schemas/order_submit.command.json" */
    struct str text; /* ends in a line feed */
};

/* "order_submit.command.json" or "order_fact.event.json": one per shape and direction. Commands are
 * closed, events are open, so a shape that serves both has two. */
struct str contract_schema_name(const struct message_type *t, struct arena *a);

/* Every schema once, in the order of the types, then asyncapi.yaml; returns how many. */
size_t contract_files(struct arena *a, struct contract_file out[CONTRACT_FILE_COUNT_MAX]);

/* The AsyncAPI document; it refers to the schemas by "./schemas/<name>". */
void contract_asyncapi(struct buf *out);

#endif
