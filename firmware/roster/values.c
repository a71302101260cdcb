/* Words of a roster's cells → the words the job uses. Unknown ones are findings, never guesses. */
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/roster/import_file.h"

struct word {
	const char *from, *to;
};

/* 成人 levels by entrance; the others stand for themselves. */
static const struct word levels[] = {
	{ "成人专科", "成人专科" },
	{ "成人本科", "成人本科" },
	{ "高起专", "成人专科" },
	{ "专升本", "成人本科" },
	{ "高起本", "成人本科" },
	{ "高中起点专科", "成人专科" },
	{ "专科起点本科", "成人本科" },
	{ "高中起点本科", "成人本科" },
	{ "专科", "专科" },
	{ "高职", "专科" },
	{ "大专", "专科" },
	{ "高职高专", "专科" },
	{ "专科(高职)", "专科" },
	{ "高职(专科)", "专科" },
	{ "本科", "本科" },
	{ "大学本科", "本科" },
	{ "研究生", "研究生" },
	{ "硕士研究生", "硕士研究生" },
	{ "博士研究生", "博士研究生" },
	{ "硕士", "硕士研究生" },
	{ "博士", "博士研究生" },
};

/* In adult education a plain level is the adult one. */
static const struct word adult_levels[] = { { "专科", "成人专科" }, { "本科", "成人本科" } };
static const char *const adult_forms[] = { "函授", "业余", "夜大", "成人", "脱产" };

static const struct word sexes[] = {
	{ "男", "男" },	  { "女", "女" },     { "1", "男" },	{ "2", "女" },	  { "01", "男" },
	{ "02", "女" },	  { "男性", "男" },   { "女性", "女" }, { "M", "男" },	  { "F", "女" },
	{ "MALE", "男" }, { "FEMALE", "女" }, { "男生", "男" }, { "女生", "女" },
};

static const struct word doc_types[] = {
	{ "身份证", "居民身份证" },
	{ "居民身份证", "居民身份证" },
	{ "二代身份证", "居民身份证" },
	{ "中国大陆居民身份证", "居民身份证" },
	{ "临时身份证", "居民身份证" },
	{ "港澳台居民居住证", "港澳台居民居住证" },
	{ "港澳居民居住证", "港澳台居民居住证" },
	{ "台湾居民居住证", "港澳台居民居住证" },
	{ "居住证", "港澳台居民居住证" },
	{ "港澳居民来往内地通行证", "港澳居民来往内地通行证" },
	{ "港澳通行证", "港澳居民来往内地通行证" },
	{ "回乡证", "港澳居民来往内地通行证" },
	{ "台湾居民来往大陆通行证", "台湾居民来往大陆通行证" },
	{ "台湾通行证", "台湾居民来往大陆通行证" },
	{ "台胞证", "台湾居民来往大陆通行证" },
	{ "护照", "护照" },
	{ "外国护照", "护照" },
	{ "PASSPORT", "护照" },
	{ "外国人永久居留身份证", "外国人永久居留身份证" },
	{ "外国人永久居留证", "外国人永久居留身份证" },
	{ "永久居留证", "外国人永久居留身份证" },
	{ "永居证", "外国人永久居留身份证" },
};

static const struct word payments[] = {
	{ "是", "yes" },       { "1", "yes" },	     { "√", "yes" },	    { "✓", "yes" },
	{ "✔", "yes" },	       { "Y", "yes" },	     { "YES", "yes" },	    { "TRUE", "yes" },
	{ "T", "yes" },	       { "已缴", "yes" },    { "已交", "yes" },	    { "缴", "yes" },
	{ "交", "yes" },       { "已缴费", "yes" },  { "已交费", "yes" },   { "缴费成功", "yes" },
	{ "交费成功", "yes" }, { "已支付", "yes" },  { "支付成功", "yes" }, { "已付款", "yes" },
	{ "已付", "yes" },     { "已完成", "yes" },  { "完成", "yes" },	    { "待制作", "yes" },
	{ "制作中", "yes" },   { "已制作", "yes" },  { "缴清", "yes" },	    { "已缴清", "yes" },
	{ "成功", "yes" },     { "有", "yes" },	     { "免缴", "yes" },	    { "免费", "yes" },
	{ "否", "no" },	       { "0", "no" },	     { "×", "no" },	    { "X", "no" },
	{ "✗", "no" },	       { "N", "no" },	     { "NO", "no" },	    { "FALSE", "no" },
	{ "F", "no" },	       { "无", "no" },	     { "未", "no" },	    { "待支付", "no" },
	{ "待缴费", "no" },    { "待付款", "no" },   { "欠费", "no" },	    { "欠缴", "no" },
	{ "已退款", "no" },    { "退款", "no" },     { "已取消", "no" },    { "已关闭", "no" },
	{ "没有", "no" },      { "支付失败", "no" }, { "没缴", "no" },	    { "没交", "no" },
};

static const char *look_up(const struct word *words, size_t count, const char *cell)
{
	for (size_t i = 0; i < count; i++)
		if (!strcasecmp(words[i].from, cell))
			return words[i].to;
	return NULL;
}

/* Brackets as people type them are one kind here. */
static void plain_brackets(const char *cell, char out[static 64])
{
	size_t n = 0;

	for (; *cell && n < 63; cell++) {
		bool open = !strncmp(cell, "（", 3), shut = !strncmp(cell, "）", 3);

		if (open || shut)
			cell += 2;
		if (*cell != ' ')
			out[n++] = open ? '(' : shut ? ')' : *cell;
	}
	out[n] = '\0';
}

static const char *wished_level(const struct roster_file *f, const char *cell)
{
	for (int i = 0; i < f->wish.level_count; i++) {
		const char *pair = f->wish.levels[i], *equals = strrchr(pair, '=');

		if (equals && strlen(cell) == (size_t)(equals - pair) &&
		    !strncmp(pair, cell, (size_t)(equals - pair)))
			return equals + 1;
	}
	return NULL;
}

const char *roster_level(const struct roster_file *f, const char *cell, const char *form)
{
	const char *wished = wished_level(f, cell), *level = NULL;
	char plain[64];

	if (wished)
		return wished;
	plain_brackets(cell, plain);
	for (size_t i = 0; i < ARRAY_SIZE(adult_forms) && !level; i++)
		if (strstr(form, adult_forms[i]))
			level = look_up(adult_levels, ARRAY_SIZE(adult_levels), plain);
	if (!level)
		level = look_up(levels, ARRAY_SIZE(levels), plain);
	return level ? level : "";
}

const char *roster_sex(const char *cell)
{
	const char *sex = look_up(sexes, ARRAY_SIZE(sexes), cell);

	return sex ? sex : "";
}

const char *roster_doc_type(const char *cell)
{
	const char *type = look_up(doc_types, ARRAY_SIZE(doc_types), cell);

	return type ? type : "";
}

/* An amount: 15, 15.00, 15元; of nothing it is none. */
static const char *amount(const char *cell)
{
	size_t n = strspn(cell, "0123456789.");

	if (!n || (cell[n] && strcmp(cell + n, "元") != 0))
		return NULL;
	return strspn(cell, "0.") == n ? "no" : "yes";
}

const char *roster_paid(const char *cell)
{
	const char *word = look_up(payments, ARRAY_SIZE(payments), cell);

	if (!*cell)
		return "";
	if (!word && !strncmp(cell, "未", strlen("未")))
		word = "no";
	return word ? word : amount(cell);
}

/* Anything else that stands there, a date for one, says that it was done. */
bool roster_captured(const char *cell)
{
	const char *word = look_up(payments, ARRAY_SIZE(payments), cell);

	if (!*cell || !strncmp(cell, "未", strlen("未")) || !strncmp(cell, "待", strlen("待")))
		return false;
	return !word || strcmp(word, "no") != 0;
}
