/* envelope: reading. */
#include "common/envelope.h"

#include <string.h>
#include <strings.h>

#include "common/json.h"
#include "common/limits.h"

enum { ATTRIBUTE_SIZE_MAX = 256 };

struct structured {
    struct str specversion, id, source, type, subject, time, datacontenttype, dataschema;
    struct str correlationid, traceparent, partitionkey;
    struct raw data;
};

static const struct member structured_members[] = {
    MEMBER(struct structured, specversion, REQUIRED, 1, 8, NULL),
    MEMBER(struct structured, id, REQUIRED, 1, ATTRIBUTE_SIZE_MAX, NULL),
    MEMBER(struct structured, source, REQUIRED, 1, ATTRIBUTE_SIZE_MAX, NULL),
    MEMBER(struct structured, type, REQUIRED, 1, ATTRIBUTE_SIZE_MAX, NULL),
    MEMBER(struct structured, subject, OPTIONAL, 0, ATTRIBUTE_SIZE_MAX, NULL),
    MEMBER(struct structured, time, OPTIONAL, 0, 64, NULL),
    MEMBER(struct structured, datacontenttype, OPTIONAL, 0, 128, NULL),
    MEMBER(struct structured, dataschema, OPTIONAL, 0, TEXT_SIZE_MAX, NULL),
    MEMBER(struct structured, correlationid, OPTIONAL, 0, ATTRIBUTE_SIZE_MAX, NULL),
    MEMBER(struct structured, traceparent, OPTIONAL, 0, 64, NULL),
    MEMBER(struct structured, partitionkey, OPTIONAL, 0, KEY_SIZE_MAX, NULL),
    MEMBER(struct structured, data, OPTIONAL, 0, 0, NULL),
};
static const struct shape structured_shape =
    SHAPE("cloudevent", struct structured, structured_members, "A CloudEvent in structured mode.");

static bool fail(struct fault *f, const char *code, struct str path, const char *text,
                 const char *remedy)
{
    *f = (struct fault){.code = code, .path = path, .text = str_of(text), .remedy = str_of(remedy)};
    return false;
}

static bool media_is(struct str value, const char *type)
{
    size_t size = strlen(type);
    return value.size >= size && strncasecmp(value.at, type, size) == 0 &&
           (value.size == size || value.at[size] == ';' || value.at[size] == ' ');
}

static bool attribute_sound(struct str v, size_t size_max)
{
    size_t at;
    if (v.size > size_max)
        return false;
    if (text_plain(v))
        return true;
    if (text_refusal(v, &at))
        return false;
    for (size_t i = 0; i < v.size; i++)
        if ((unsigned char)v.at[i] < 0x20 || v.at[i] == 0x7f)
            return false;
    return true;
}

static bool attribute(const struct known_headers *known, enum known_header h, bool required,
                      struct str *out, struct fault *f)
{
    struct str value = known->values[h];
    if (known->counts[h] > 1)
        return fail(f, "envelope_repeated", str_of(known_header_name(h)),
                    "a CloudEvents header is given twice", "send each ce_ header once");
    if (str_blank(value) && required)
        return fail(f, "envelope_missing", str_of(known_header_name(h)),
                    "a required CloudEvents header is missing",
                    "send ce_specversion, ce_id, ce_source and ce_type");
    if (!attribute_sound(value, ATTRIBUTE_SIZE_MAX))
        return fail(f, "envelope_invalid", str_of(known_header_name(h)),
                    "a CloudEvents header is too long or not printable UTF-8",
                    "at most 256 bytes of UTF-8 without control characters");
    *out = value.size ? value : STR_NONE;
    return true;
}

static bool version_known(struct str version, struct fault *f)
{
    if (str_is(version, "1.0"))
        return true;
    return fail(f, "envelope_version_unknown", STR("ce_specversion"),
                "this version of CloudEvents is not known", "use CloudEvents 1.0");
}

static bool read_binary(const struct bus_record *r, const struct known_headers *k,
                        struct envelope *out, struct fault *f)
{
    struct str version = STR_NONE, type = k->values[KNOWN_CONTENT_TYPE];
    bool ok = attribute(k, KNOWN_ID, true, &out->id, f) &&
              attribute(k, KNOWN_TYPE, true, &out->type, f) &&
              attribute(k, KNOWN_SOURCE, true, &out->source, f) &&
              attribute(k, KNOWN_SPECVERSION, true, &version, f) &&
              attribute(k, KNOWN_SUBJECT, false, &out->subject, f) &&
              attribute(k, KNOWN_CORRELATION, false, &out->correlation, f) &&
              attribute(k, KNOWN_TRACEPARENT, false, &out->traceparent, f) &&
              version_known(version, f);
    out->data = r->value;
    if (!ok)
        return false;
    if (str_present(type) && !media_is(type, "application/json"))
        return fail(f, "content_type_unknown", STR("content-type"),
                    "the value is not declared as JSON",
                    "use application/json or application/cloudevents+json");
    return true;
}

static bool read_structured(const struct bus_record *r, struct arena *a, struct envelope *out,
                            struct fault *f)
{
    struct structured s;
    memset(&s, 0, sizeof s);
    if (!shape_decode(&structured_shape, r->value, SHAPE_OPEN, a, &s, f))
        return false;
    out->id = s.id;
    out->source = s.source;
    out->type = s.type;
    out->subject = s.subject;
    out->correlation = s.correlationid;
    out->traceparent = s.traceparent;
    out->data = s.data.json;
    if (!attribute_sound(s.id, ATTRIBUTE_SIZE_MAX) || !attribute_sound(s.type, ATTRIBUTE_SIZE_MAX))
        return fail(f, "envelope_invalid", STR("/id"), "an attribute has control characters",
                    "use printable UTF-8");
    return version_known(s.specversion, f);
}

bool envelope_read(const struct bus_record *r, const struct known_headers *known, struct arena *a,
                   struct envelope *out, struct fault *f)
{
    memset(out, 0, sizeof *out);
    if (r->headers_cut)
        return fail(f, "envelope_invalid", STR("headers"), "more headers than are read",
                    "send at most 40 headers");
    if (media_is(known->values[KNOWN_CONTENT_TYPE], "application/cloudevents+json"))
        return read_structured(r, a, out, f);
    return read_binary(r, known, out, f);
}
