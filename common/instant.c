/* instant: times as RFC 3339 text in UTC. */
#include "common/clock.h"

#include <string.h>

enum { YEAR_MIN = 1970, YEAR_MAX = 9999, SECONDS_PER_DAY = 86400, SECOND_TEXT_SIZE = 19 };

/* 9999-12-31T23:59:59.999999Z: the last instant that can be written. */
#define INSTANT_LAST INT64_C(253402300799999999)

struct instant instant_plus_us(struct instant t, int64_t us)
{
    int64_t sum;
    if (us == 0)
        return t;
    if (!add_ok(t.at, us, &sum))
        sum = us < 0 ? INT64_MIN : INT64_MAX;
    if (sum > INSTANT_LAST)
        sum = INSTANT_LAST;
    /* Never 0, which would mean absent. */
    return (struct instant){sum < 1 ? 1 : sum};
}

static bool leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap_year(year));
}

/* Days since 1970-01-01, by eras of 400 years that begin on 1 March, so that the leap day is the
 * last of its year. */
static int64_t days_of_date(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, year_of_era = y % 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct date {
    int year, month, day;
};

static struct date date_of_days(int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t era = shifted / 146097, day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    int month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    return (struct date){
        .year = (int)(era * 400 + year_of_era + (month <= 2)),
        .month = month,
        .day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1),
    };
}

/* `pattern` has '0' where a digit must be, and else the very character. */
static bool text_matches(const char *at, const char *pattern)
{
    for (; *pattern != '\0'; pattern++, at++) {
        bool digit = *at >= '0' && *at <= '9';
        if (*pattern == '0' ? !digit : *at != *pattern)
            return false;
    }
    return true;
}

static int number_at(const char *at, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++)
        value = value * 10 + (at[i] - '0');
    return value;
}

/* ".5Z" -> 500000; -1 when it is anything else. */
static int64_t fraction_read(struct str text)
{
    if (str_is(text, "Z"))
        return 0;
    if (text.size < 3 || text.size > 8 || text.at[0] != '.' || text.at[text.size - 1] != 'Z')
        return -1;
    int64_t us = 0;
    for (size_t i = 1; i <= 6; i++) {
        bool given = i < text.size - 1;
        if (given && (text.at[i] < '0' || text.at[i] > '9'))
            return -1;
        us = us * 10 + (given ? text.at[i] - '0' : 0);
    }
    return us;
}

bool instant_read(struct str text, struct instant *out)
{
    if (text.size <= SECOND_TEXT_SIZE || !text_matches(text.at, "0000-00-00T00:00:00"))
        return false;
    const char *at = text.at;
    int year = number_at(at, 4), month = number_at(at + 5, 2), day = number_at(at + 8, 2);
    int hour = number_at(at + 11, 2), minute = number_at(at + 14, 2);
    int second = number_at(at + 17, 2);
    int64_t us = fraction_read((struct str){at + SECOND_TEXT_SIZE, text.size - SECOND_TEXT_SIZE});
    if (us < 0 || year < YEAR_MIN || month < 1 || month > 12 || day < 1)
        return false;
    if (day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t seconds =
        days_of_date(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    int64_t read = seconds * MICROSECONDS_PER_SECOND + us;
    if (read == 0)
        return false;
    out->at = read;
    return true;
}

static char *number_write(char *at, int64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + digits;
}

static char *mark_write(char *at, char mark)
{
    *at = mark;
    return at + 1;
}

size_t instant_write(struct instant t, char out[INSTANT_TEXT_SIZE])
{
    assert(t.at >= 0 && t.at <= INSTANT_LAST);
    int64_t us = t.at % MICROSECONDS_PER_SECOND, seconds = t.at / MICROSECONDS_PER_SECOND;
    int64_t second_of_day = seconds % SECONDS_PER_DAY;
    struct date date = date_of_days(seconds / SECONDS_PER_DAY);
    char *at = number_write(out, date.year, 4);
    at = number_write(mark_write(at, '-'), date.month, 2);
    at = number_write(mark_write(at, '-'), date.day, 2);
    at = number_write(mark_write(at, 'T'), second_of_day / 3600, 2);
    at = number_write(mark_write(at, ':'), second_of_day / 60 % 60, 2);
    at = number_write(mark_write(at, ':'), second_of_day % 60, 2);
    if (us != 0)
        at = number_write(mark_write(at, '.'), us, 6);
    at = mark_write(at, 'Z');
    *at = '\0';
    return (size_t)(at - out);
}
