/* answer: what a service says to a command. */
#include "services/cli/answer.h"

#include "common/clock.h"
#include "services/cli/draft.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PAUSE_MIN_MS = 5, PAUSE_MAX_MS = 200 };
enum { OLD_US = 1000000, GRACE_US = 3000000 };

void pause_ms(int ms)
{
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000L};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

static struct str member_text(const struct node *object, const char *name)
{
    const struct node *n = node_find(object, name);
    return n != NULL && n->kind == NODE_TEXT ? n->text : STR_NONE;
}

/* Postgres writes "+00:00" where we write "Z". */
static struct instant time_of(struct str text)
{
    char copy[40];
    struct instant t = {0};
    const char *plus = text.size > 0 ? memchr(text.at, '+', text.size) : NULL;
    size_t size = plus != NULL ? (size_t)(plus - text.at) : text.size;
    snprintf(copy, sizeof copy, "%.*s%s", (int)size, str_present(text) ? text.at : "",
             plus != NULL ? "Z" : "");
    return instant_read(str_of(copy), &t) ? t : (struct instant){0};
}

/* A refusal for lack of right is decided anew at each repeat, but the old one is found until then.
 */
static bool may_be_old(struct cli *c, const struct answer *a)
{
    int64_t sent = sender_flushed_at(c);
    return !a->accepted && instant_present(a->answered_at) && a->answered_at.at < sent - OLD_US &&
           clock_now().at < sent + GRACE_US;
}

bool answer_look(struct cli *c, const char *service, struct str id, struct answer *out,
                 struct err *e)
{
    struct reply r;
    memset(out, 0, sizeof *out);
    struct str path = arena_printf(c->arena, "/commands/%.*s", STR_ARG(url_escape(c->arena, id)));
    if (!fetch(c, service, path, &r, e))
        return false;
    if (r.status == 404)
        return true;
    if (r.status != 200 || r.body == NULL || r.body->kind != NODE_OBJECT)
        return err_set(e, ERR_RETRY, "%s answered %d for /commands", service, r.status);
    const struct node *said = node_find(r.body, "answer");
    said = said != NULL && said->kind == NODE_OBJECT ? said : r.body;
    const struct node *retriable = node_find(said, "retriable");
    out->known = true;
    out->accepted = str_is(member_text(r.body, "outcome"), "accepted");
    out->code = member_text(said, "code");
    out->path = member_text(said, "path");
    out->text = member_text(said, "text");
    out->remedy = member_text(said, "remedy");
    out->detail = member_text(said, "detail");
    out->retriable = retriable != NULL && retriable->kind == NODE_BOOL && retriable->integer != 0;
    out->answered_at = time_of(member_text(r.body, "answered_at"));
    out->json = r.text;
    return true;
}

bool answer_wait(struct cli *c, const char *service, struct str id, struct answer *out,
                 struct err *e)
{
    int64_t until = clock_monotonic_us() + cli_timeout_ms(c) * 1000;
    int wait_ms = PAUSE_MIN_MS;
    for (;;) {
        struct err away = {0};
        bool asked = answer_look(c, service, id, out, &away);
        if (asked && out->known && !may_be_old(c, out))
            return true;
        if (clock_monotonic_us() >= until)
            return asked || err_set(e, away.fate, "%s", away.text);
        pause_ms(wait_ms);
        wait_ms = wait_ms * 2 < PAUSE_MAX_MS ? wait_ms * 2 : PAUSE_MAX_MS;
    }
}

static bool code_contains(struct str code, const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= code.size; i++)
        if (memcmp(code.at + i, word, size) == 0)
            return true;
    return false;
}

int answer_code(const struct answer *a)
{
    if (!a->known)
        return END_UNAVAILABLE;
    if (a->accepted)
        return END_OK;
    if (str_is(a->code, "conflict"))
        return END_CONFLICT;
    if (code_contains(a->code, "not_found") || code_contains(a->code, "unknown"))
        return END_NOT_FOUND;
    return END_FAILED;
}

static void refusal_print(const char *what, const struct answer *a)
{
    cli_note("refused: %s%s%.*s%s%.*s", what, str_blank(a->code) ? "" : ": ", STR_ARG(a->code),
             str_blank(a->path) ? "" : " at ", STR_ARG(a->path));
    if (!str_blank(a->text))
        cli_note("  %.*s", STR_ARG(a->text));
    if (!str_blank(a->remedy))
        cli_note("  do: %.*s", STR_ARG(a->remedy));
}

int answer_print(struct cli *c, const struct parcel *p, const struct answer *a)
{
    if (!a->known)
        return cli_end(c, END_UNAVAILABLE, "%s has not answered command %.*s in time",
                       p->type->topic->owner, STR_ARG(p->id));
    if (c->json)
        cli_print(a->json);
    else if (a->accepted)
        printf("accepted%s%.*s\n", str_blank(a->detail) ? "" : ": ", STR_ARG(a->detail));
    else
        refusal_print(p->type->name, a);
    return answer_code(a);
}

int fault_print(struct cli *c, const char *what, const struct fault *f)
{
    struct answer a = {
        .code = str_of(f->code), .path = f->path, .text = f->text, .remedy = f->remedy};
    if (c->json) {
        struct draft d = draft_new(c->arena);
        draft_open(&d, NULL, "{");
        draft_text(&d, "outcome", STR("refused"));
        draft_text(&d, "code", a.code);
        draft_text(&d, "path", a.path);
        draft_text(&d, "text", a.text);
        draft_text(&d, "remedy", a.remedy);
        draft_close(&d, "}");
        cli_print(draft_done(&d));
    } else {
        refusal_print(what, &a);
    }
    return END_FAILED;
}

int command_run(struct cli *c, const char *type, struct str json)
{
    const struct message_type *t = command_type(type);
    struct parcel p;
    struct fault f;
    struct err e = {0};
    struct answer a;
    assert(t != NULL);
    if (!command_check(c, t, json, &p, &f))
        return fault_print(c, t->name, &f);
    if (!sender_put(c, &p, &e) || !sender_flush(c, &e))
        return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    if (args_has(&c->args, "no-wait")) {
        printf(c->json ? "{\"command_id\":\"%.*s\"}\n" : "sent %.*s\n", STR_ARG(p.id));
        return END_OK;
    }
    if (!answer_wait(c, t->topic->owner, p.id, &a, &e))
        return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    return answer_print(c, &p, &a);
}
