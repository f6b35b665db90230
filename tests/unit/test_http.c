/* test_http: targets are read exactly once and strictly; the door answers only what it should. */
#include "common/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/http_target.h"
#include "tests/unit/unit.h"

/* --- targets */

struct target_row {
    const char *target;
    int status;
    const char *path;
    const char *arguments; /* "name=value;..." */
};

static const struct target_row targets[] = {
    {"/", 0, "/", ""},
    {"/orders/a%20b", 0, "/orders/a b", ""},
    {"/a%2Fb%25%32%35", 0, "/a/b%25", ""}, /* once: %2525 is %25 */
    {"/a+b?x=1+2&y=%2B", 0, "/a+b", "x=1 2;y=+;"},
    {"/a?x", 0, "/a", "x=;"},
    {"/a?x=&=y&&z=a=b", 0, "/a", "x=;=y;z=a=b;"},
    {"/a?", 0, "/a", ""},
    {"/a?x=?#y", 0, "/a", "x=?;"},
    {"/%C3%A9?%c3%a9=%C3%A9", 0, "/\xc3\xa9", "\xc3\xa9=\xc3\xa9;"},
    {"/a?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16", 0, "/a",
     "1=;2=;3=;4=;5=;6=;7=;8=;9=;10=;11=;12=;13=;14=;15=;16=;"},
    {"/a?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17", 400, NULL, NULL},
    {"", 400, NULL, NULL},
    {"a", 400, NULL, NULL},
    {"*", 400, NULL, NULL},
    {"http://x/a", 400, NULL, NULL},
    {"?a", 400, NULL, NULL},
    {"/%", 400, NULL, NULL},
    {"/%4", 400, NULL, NULL},
    {"/%4g", 400, NULL, NULL},
    {"/%00", 400, NULL, NULL},
    {"/a\x01", 400, NULL, NULL},
    {"/a?x=%00", 400, NULL, NULL},
    {"/a?x=%zz", 400, NULL, NULL},
    {"/a?%=1", 400, NULL, NULL},
};

START_TEST(target_is_read)
{
    const struct target_row *row = &targets[_i];
    struct arena arena;
    arena_init(&arena);
    struct http_request r = {.arena = &arena};
    const char *why = NULL;
    ck_assert_int_eq(http_target_read(str_of(row->target), &r, &why), row->status);
    ck_assert_int_eq(why != NULL, row->status != 0);
    if (row->status == 0) {
        struct buf got = {.arena = &arena};
        for (size_t i = 0; i < r.argument_count; i++)
            buf_printf(&got, "%.*s=%.*s;", STR_ARG(r.arguments[i].name),
                       STR_ARG(r.arguments[i].value));
        ck_assert(str_is(r.path, row->path));
        ck_assert_str_eq(buf_done(&got).at, row->arguments);
    }
    arena_release(&arena);
}
END_TEST

START_TEST(target_path_is_bounded)
{
    char path[HTTP_PATH_SIZE_MAX + 2];
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    struct arena arena;
    arena_init(&arena);
    struct http_request r = {.arena = &arena};
    const char *why = NULL;
    ck_assert_int_eq(http_target_read((struct str){path, HTTP_PATH_SIZE_MAX}, &r, &why), 0);
    ck_assert_int_eq(http_target_read((struct str){path, HTTP_PATH_SIZE_MAX + 1}, &r, &why), 414);
    arena_release(&arena);
}
END_TEST

/* --- the door */

static int handled_count;

static void handler(void *context, const struct http_request *r, struct http_response *out)
{
    ck_assert_ptr_eq(context, &handled_count);
    __atomic_fetch_add(&handled_count, 1, __ATOMIC_SEQ_CST);
    if (str_is(r->path, "/metrics")) {
        out->content_type = "text/plain; version=0.0.4; charset=utf-8";
        out->body = STR("m 1\n");
    } else if (str_is(r->path, "/echo")) {
        out->body = http_argument(r, "x");
    } else {
        http_problem(out, r->arena, 404, "not_found", "There is no \"such\" thing.");
    }
}

static char reply[256 * 1024];

/* Sends bytes on a connection of its own and reads until the other side closes. */
static void exchange(const struct http *h, struct str request)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(h))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    for (size_t sent = 0; sent < request.size;) {
        ssize_t n = send(fd, request.at + sent, request.size - sent, MSG_NOSIGNAL);
        if (n <= 0)
            break; /* refused early */
        sent += (size_t)n;
    }
    shutdown(fd, SHUT_WR);
    size_t size = 0;
    ssize_t n = 0;
    while ((n = recv(fd, reply + size, sizeof(reply) - 1 - size, 0)) > 0)
        size += (size_t)n;
    reply[size] = '\0';
    close(fd);
}

static void expect(const struct http *h, const char *request, const char *start, const char *part)
{
    exchange(h, str_of(request));
    ck_assert_msg(strncmp(reply, start, strlen(start)) == 0, "%s\n-> %s", request, reply);
    ck_assert_msg(strstr(reply, part) != NULL, "%s\n-> %s", request, reply);
}

static struct http *door_open(void)
{
    struct err e = {0};
    struct http *h = http_start("127.0.0.1:0", handler, &handled_count, &e);
    ck_assert_msg(h != NULL, "%s", e.text);
    ck_assert_int_gt(http_port(h), 0);
    return h;
}

#define REST " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

START_TEST(door_answers_get_and_head)
{
    struct http *h = door_open();
    expect(h, "GET /metrics" REST, "HTTP/1.1 200 OK\r\n",
           "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
    ck_assert_ptr_nonnull(strstr(reply, "\r\n\r\nm 1\n"));
    ck_assert_ptr_nonnull(strstr(reply, "X-Content-Type-Options: nosniff\r\n"));
    expect(h, "HEAD /metrics" REST, "HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n");
    ck_assert_str_eq(strstr(reply, "\r\n\r\n"), "\r\n\r\n");
    expect(h, "GET /echo?x=a%2525+b" REST, "HTTP/1.1 200 OK\r\n", "\r\n\r\na%25 b");
    ck_assert_ptr_nonnull(strstr(reply, "Content-Type: application/json\r\n"));
    expect(h, "GET /echo" REST, "HTTP/1.1 200 OK\r\n", "Content-Length: 0\r\n");
    expect(
        h, "GET /none" REST, "HTTP/1.1 404 Not Found\r\n",
        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"code\":\"not_found\","
        "\"detail\":\"There is no \\\"such\\\" thing.\"}");
    ck_assert_ptr_nonnull(strstr(reply, "Content-Type: application/problem+json\r\n"));
    http_stop(h);
}
END_TEST

START_TEST(door_keeps_connections)
{
    struct http *h = door_open();
    expect(h,
           "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /echo?x=second HTTP/1.1\r\nHost: x\r\n"
           "Connection: close\r\n\r\n",
           "HTTP/1.1 200 OK\r\n", "m 1\nHTTP/1.1 200 OK\r\n");
    ck_assert_ptr_nonnull(strstr(reply, "\r\n\r\nsecond"));
    http_stop(h);
}
END_TEST

START_TEST(door_refuses_the_rest)
{
    struct http *h = door_open();
    __atomic_store_n(&handled_count, 0, __ATOMIC_SEQ_CST);
    static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get"};
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        char request[256];
        snprintf(request, sizeof(request),
                 "%s /metrics HTTP/1.1\r\nHost: x\r\n"
                 "Content-Length: 3\r\nConnection: close\r\n\r\nabc",
                 methods[i]);
        expect(h, request, "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
    }
    expect(h, "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 413 ",
           "body_not_allowed");
    expect(h, "GET /%00" REST, "HTTP/1.1 400 ", "request_invalid");
    expect(h, "GET /a?x=%f" REST, "HTTP/1.1 400 ", "percent-encoding");
    expect(h, "GET /a HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", ""); /* no Host */
    ck_assert_int_eq(__atomic_load_n(&handled_count, __ATOMIC_SEQ_CST), 0);
    http_stop(h);
}
END_TEST

START_TEST(door_survives_raw_nul_and_floods)
{
    struct http *h = door_open();
    exchange(h, STR("GET /met\0rics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    ck_assert_msg(strncmp(reply, "HTTP/1.1 200", 12) != 0, "%s", reply);
    static char flood[128 * 1024];
    memset(flood, 'a', sizeof(flood) - 1);
    memcpy(flood, "GET /", 5);
    exchange(h, str_of(flood));
    ck_assert_msg(strncmp(reply, "HTTP/1.1 200", 12) != 0, "%s", reply);
    int head = snprintf(flood, sizeof(flood), "GET /metrics HTTP/1.1\r\nHost: x\r\nX: ");
    flood[head] = 'a';
    exchange(h, str_of(flood));
    ck_assert_msg(strncmp(reply, "HTTP/1.1 200", 12) != 0, "%s", reply);
    exchange(h, STR("\x16\x03\x01 rubbish\r\n\r\n"));
    expect(h, "GET /metrics" REST, "HTTP/1.1 200 OK\r\n", "m 1\n"); /* still there */
    http_stop(h);
}
END_TEST

START_TEST(door_needs_a_good_address)
{
    static const char *const bad[] = {
        "",      "127.0.0.1",    "localhost:80", "127.0.0.1:x", "1.2.3.4.5:1",
        "[::1]", "256.0.0.1:80", "192.0.2.1:1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        ck_assert_ptr_null(http_start(bad[i], handler, NULL, &e));
        ck_assert_int_eq(e.fate, ERR_FATAL);
        ck_assert_ptr_nonnull(strstr(e.text, bad[i]));
    }
    struct http *h = door_open();
    char taken[32];
    snprintf(taken, sizeof(taken), "127.0.0.1:%d", http_port(h));
    struct err e = {0};
    ck_assert_ptr_null(http_start(taken, handler, NULL, &e));
    ck_assert_int_eq(e.fate, ERR_FATAL);
    http_stop(h);
    http_stop(NULL);
}
END_TEST

static Suite *http_suite(void)
{
    Suite *suite = suite_create("http");
    TCase *target = tcase_create("target"), *door = tcase_create("door");
    tcase_add_loop_test(target, target_is_read, 0, ARRAY_LEN(targets));
    tcase_add_test(target, target_path_is_bounded);
    tcase_add_test(door, door_answers_get_and_head);
    tcase_add_test(door, door_keeps_connections);
    tcase_add_test(door, door_refuses_the_rest);
    tcase_add_test(door, door_survives_raw_nul_and_floods);
    tcase_add_test(door, door_needs_a_good_address);
    tcase_set_timeout(door, 30);
    suite_add_tcase(suite, target);
    suite_add_tcase(suite, door);
    return suite;
}

UNIT_MAIN(http_suite)
