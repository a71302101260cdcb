#include "firmware/roster/columns.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "firmware/base/cleanup.h"

static const struct {
	const char *header, *sql;
	size_t bytes;
} columns[COL_COUNT] = {
#define COLUMN_ROW(name, header, sql, bytes) { header, sql, bytes },
	ROSTER_COLUMNS(COLUMN_ROW)
#undef COLUMN_ROW
};

/* Headers met in the wild: in schools' own sheets, and the field names of registration and
 * admission tables. The better name of a column stands first. */
/* clang-format off */
static const struct {
	int column;
	const char *names;
} aliases[] = {
	{ COL_SEQ,         "拍摄序号|拍摄号|拍照序号|照相序号|摄影序号|PSXH|序号" },
	{ COL_LEVEL,       "学历层次|层次|培养层次|学生层次|办学层次|CC|CCMC" },
	{ COL_STUDENT_NO,  "学号|学生学号|学籍号|XH" },
	{ COL_NAME,        "姓名|学生姓名|考生姓名|中文姓名|XM|NAME" },
	{ COL_SEX,         "性别|XB|XBMC|性别代码|XBDM|SEX|GENDER" },
	{ COL_ID_NO,       "身份证号|身份证号码|身份证件号|身份证件号码|居民身份证号|居民身份证号码|公民身份号码|"
			   "身份证|SFZH|SFZHM|SFZJH|证件号码|证件号|有效证件号|有效证件号码|ZJHM|ZJH|IDNO|IDNUMBER" },
	{ COL_SCHOOL_TYPE, "所在校别|校别|学校类别|院校类别|高校类型" },
	{ COL_SCHOOL_CODE, "院校代码|学校代码|院校代号|学校代号|学校标识码|YXDM|XXDM" },
	{ COL_SCHOOL_NAME, "学校名称|院校名称|学校|院校|所在学校|YXMC|XXMC" },
	{ COL_EXAM_NO,     "考生号|录取编号|报名号|准考证号|KSH|BMH" },
	{ COL_CLASS,       "班级|班号|班级名称|行政班|行政班级|所在班级|BJ|BJMC|BH|CLASS" },
	{ COL_STATION,     "函授站|教学点|函授站教学点|系所函|系所函授站|教学站|学习中心|站点|函授站名称|教学点名称|XSH" },
	{ COL_BRANCH,      "学院|分院|院系|学院名称|二级学院|所在学院|院系名称|系部|系别|系|FY|FYMC" },
	{ COL_CAMPUS,      "校区|所在校区|XQ" },
	{ COL_MAJOR,       "专业名称|专业|所学专业|录取专业|ZYMC|ZY" },
	{ COL_MAJOR_CODE,  "专业代码|专业代号|ZYDM" },
	{ COL_CATEGORY,    "学历类别|学历类型|XLLB" },
	{ COL_STUDY_FORM,  "学习形式|办学形式|学习方式|XXXS|XXXSMC" },
	{ COL_YEARS,       "学制|修业年限|XZ" },
	{ COL_GRADE,       "年级|所在年级|NJ|DQSZJ|SZNJ" },
	{ COL_COHORT,      "届|届别|毕业届|毕业年份|毕业届别|BYJ" },
	{ COL_BIRTH,       "出生日期|出生年月日|出生年月|生日|CSRQ|CSNY" },
	{ COL_ENTERED,     "入学日期|入学时间|入学年月|RXRQ|RXNY" },
	{ COL_GRADUATES,   "预计毕业日期|预计毕业时间|毕业日期|毕业时间|YJBYRQ|BYRQ" },
	{ COL_SLOT,        "拍摄时间|采集时间|拍照时间|拍摄日期|采集日期|照相时间" },
	{ COL_PLACE,       "拍摄地点|采集地点|拍照地点|地点" },
	{ COL_TEAM,        "组|组别|分组|批次|小组|拍摄组" },
	{ COL_MAILING,     "邮寄方式|领取方式|取件方式" },
	{ COL_REMARK,      "备注|说明|BZ" },
	{ COL_DOC_TYPE,    "证件类型|证件种类|证件类别|身份证件类型|SFZJLX|ZJLX" },
	{ COL_PAID,        "缴费|交费|是否缴费|是否交费|缴费状态|交费状态|缴费情况|交费情况|是否已缴费|订单状态|支付状态|"
			   "付款状态|已缴费|已交费|缴费标志|SFJF" },
	{ COL_CAPTURED,    "已采集|是否已采集|是否采集|采集状态|是否已拍摄|是否拍摄|已拍摄|图像采集|采集情况|采集标志" },
	{ COL_DOCUMENT_2,  "其他证件号|其他证件号码|其它证件号|其它证件号码|证件号2|证件号码2|第二证件号|第二证件号码|居住证号|"
			   "居住证号码|港澳台居民居住证号|永居证号|永居证号码" },
	{ COL_DOCUMENT_3,  "通行证号|通行证号码|港澳台通行证号|回乡证号|回乡证号码|台胞证号|台胞证号码" },
	{ COL_DOCUMENT_4,  "护照号|护照号码|PASSPORT|PASSPORTNO|PASSPORTNUMBER" },
	{ HEADER_FEATURE,  "特征码|机构特征码|院校特征码" },
	/* known, and more than taking a picture needs */
	{ HEADER_DROPPED,  "民族|MZ|MZDM|政治面貌|ZZMM|ZZMMDM|手机号|手机号码|手机|联系电话|电话|联系方式|移动电话|"
			   "LXDH|SJH|邮箱|电子邮箱|电子邮件|EMAIL|E-MAIL|QQ|QQ号|微信号|微信|家庭住址|家庭地址|住址|"
			   "通讯地址|通信地址|邮寄地址|联系地址|地址|JTDZ|籍贯|JG|生源地|生源地区|户口所在地|邮编|邮政编码|YZBM" },
};
/* clang-format on */

const char *roster_column_header(enum roster_column column)
{
	return columns[column].header;
}

const char *roster_column_sql(enum roster_column column)
{
	return columns[column].sql;
}

size_t roster_column_bytes(enum roster_column column)
{
	return columns[column].bytes;
}

/* --- a header cell by any name -------------------------------------------------------------------
 */

/* Marks people put around a header. U+3000, NBSP, zero width, BOM, full-width star and colon. */
static size_t ornament(const char *p)
{
	static const char *const marks[] = { "\u3000", "\u00a0", "\u200b", "\ufeff", "：", "＊",
					     "*",      ":",	 " ",	   "\t",     "\n", "\r" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (!strncmp(p, marks[i], strlen(marks[i])))
			return strlen(marks[i]);
	return 0;
}

/* Full-width letters and brackets become plain ones. Return: bytes read. */
static size_t half_width(const char *p, char *out)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] == 0xef && u[1] == 0xbc && u[2] >= 0x81 && u[2] <= 0xbf) {
		*out = (char)(u[2] - 0x60);
		return 3;
	}
	if (u[0] == 0xef && u[1] == 0xbd && u[2] >= 0x80 && u[2] <= 0x9e) {
		*out = (char)(u[2] - 0x20);
		return 3;
	}
	if (u[0] == 0xe3 && u[1] == 0x80 && (u[2] & 0xfa) == 0x90) { /* 【】〔〕 */
		*out = u[2] & 1 ? ']' : '[';
		return 3;
	}
	*out = *p;
	return 1;
}

enum brackets { BRACKETS_KEEP, BRACKETS_OPEN, BRACKETS_DROP };

/* KEEP: without ornaments; OPEN: what is in brackets joins the rest; DROP: it goes. */
static void plain_header(const char *cell, enum brackets how, char out[static 128])
{
	size_t n = 0;
	int depth = 0;

	while (*cell && n < 127) {
		size_t skip = ornament(cell);
		char c;

		if (skip) {
			cell += skip;
			continue;
		}
		cell += half_width(cell, &c);
		if (how != BRACKETS_KEEP && strchr("()[]", c) && c) {
			depth += c == '(' || c == '[' ? 1 : -1;
			continue;
		}
		if (how != BRACKETS_DROP || depth <= 0)
			out[n++] = c;
	}
	out[n] = '\0';
}

/* Place of @plain in a list of names; -1 when it is none of them. */
static int rank_in(const char *names, const char *plain)
{
	size_t n = strlen(plain);

	for (int rank = 0;; rank++) {
		size_t len = strcspn(names, "|");

		if (len == n && !strncasecmp(names, plain, n))
			return rank;
		if (!names[len])
			return -1;
		names += len + 1;
	}
}

int roster_column_find(const char *cell, int *rank)
{
	static const enum brackets ways[] = { BRACKETS_KEEP, BRACKETS_OPEN, BRACKETS_DROP };
	char plain[128];

	for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
		plain_header(cell, ways[w], plain);
		for (size_t i = 0; plain[0] && i < ARRAY_SIZE(aliases); i++) {
			int at = rank_in(aliases[i].names, plain);

			if (at < 0)
				continue;
			if (rank)
				*rank = at;
			return aliases[i].column;
		}
	}
	return HEADER_UNKNOWN;
}
