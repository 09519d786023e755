// Every sentence of the pages for sentences, trials and versions.
import type { Intent, Regression, Status, Why } from './types';

/** Intents that are no topics. */
const OTHERS: Record<string, string> = {
  out_of_scope: '不归我们管',
  nlu_fallback: '没听懂',
  human_handoff: '要找真人',
  greet: '打招呼',
  goodbye: '告别',
  thank: '道谢',
  bot_challenge: '问是不是机器人',
  capabilities: '问能做什么',
  affirm: '是',
  deny: '不是',
  next_step: '下一步',
  previous_step: '上一步',
  repeat_step: '再说一遍',
  step_failed: '这一步做不了',
  restart_procedure: '从头再来',
  stop_procedure: '退出流程',
};

export const nameOf = (intent: string, intents: Intent[]): string =>
  intents.find(({ name }) => name === intent)?.title || OTHERS[intent] || intent || '（无）';

const WHY: Record<Why, string> = {
  corrected: '客户另选了',
  not_understood: '没听懂',
  unhelpful: '评价差',
  handed_over: '答了还要人工',
};

const STATUS: Record<Status, string> = {
  queued: '排队',
  training: '正在训练',
  ready: '可以发布',
  failed: '没有做成',
  gone: '文件已删',
};

const FAILED: Record<string, string> = {
  died: '训练进程几次中途结束，请工程师看日志。',
  cancelled: '已取消。',
};

const percent = (part: number, of: number) => (of > 0 ? `${((100 * part) / of).toFixed(1)}%` : '–');

export const texts = {
  close: '关闭',
  search: '搜索',
  choose: '选一个主题',
  choosePlaceholder: '输入主题名称搜索',
  noIntent: '没有这个主题',
  undo: '撤销',
  undone: '已撤销。',
  percent,

  sentences: {
    title: '句子',
    explain: '助手没答好的话，相近的放在一组。告诉它这些话是什么意思，再训练一个新版本。客户的号码、密码已经遮住。',
    tabs: '看哪些句子',
    todo: '要处理的',
    taught: '教过的',
    days: '时间范围',
    lastDays: (days: number) => (days === 1 ? '最近一天' : `最近 ${days} 天`),
    nothing: '没有要处理的话了。',
    group: (count: number) => (count === 1 ? '1 句话' : `${count} 句相近的话`),
    times: (count: number) => `${count} 次`,
    why: WHY,
    guesses: '可能是：',
    other: '选其他主题',
    outside: '不归我们管',
    newTopic: '新话题…',
    look: '看相近的例句',
    hide: '收起例句',
    pickSome: '请至少勾选一句。',
    learnt: (count: number, title: string) => `${count} 句已教成“${title}”。下次训练起作用。`,
    made: (title: string) => `话题“${title}”已写好。训练并发布以后，客户就问得到。`,
    moved: (count: number, title: string) => `${count} 句例句已移到“${title}”。下次训练起作用。`,
  },

  near: {
    explain: '训练数据里和它们相近的例句。意思不对的，会和您教的打架：勾上，移过去。',
    loading: '正在找…第一次要几秒。',
    nothing: '没有相近的例句。',
    words: '找含有这些字的例句',
    of: (title: string, count: number) => `${title}（${count} 句）`,
    all: '全选',
    taught: '您教的',
    move: (count: number) => `把勾选的 ${count} 句移到`,
    along: (count: number) => `一起移过来的例句：${count} 句`,
  },

  topic: {
    title: '新话题',
    explain: '写好就存进内容里。客户要等训练并发布了新版本才问得到。',
    name: '名称',
    nameHint: '出现在建议和按钮上，比如“开发票”',
    category: '转人工时的类别',
    chooseCategory: '请选一类',
    answer: '答案',
    answerHint: '只写公司确认过的话',
    examples: '客户会怎么问（一行一句）',
    few: (count: number) => `现在有 ${count} 句。四十句以上才稳，换着说法多写几句。`,
    save: '写好这个话题',
  },

  taught: {
    explain: '您和同事教的句子。“必须一直听懂”的，每个新版本都会检查，听错了不能发布。',
    add: '加一句',
    sentence: '句子',
    must: '必须一直听懂',
    mustTitle: '必须一直听懂的句子',
    taughtTitle: '教过的例句',
    teachIt: '教',
    drop: (text: string) => `不要“${text}”`,
    dropShort: '不要了',
    dropped: '已去掉。',
    added: '已记下。',
    nothing: '还没有。',
    filter: '只看含有这些字的',
  },

  trial: {
    title: '试一试',
    explain: '像客户一样说话，看现在的版本和另一个版本各怎么答。不会打扰客户，也不进记录。',
    with: '和哪个版本比',
    installed: '安装时的版本',
    version: (number: number) => (number > 0 ? `第 ${number} 版` : '安装时的版本'),
    live: '（正在回答客户）',
    say: '说一句话',
    send: '说',
    waiting: '正在算…换了版本第一次要几秒。',
    again: '重新开始',
    said: '客户',
    silent: '（没有说话）',
    same: '两个版本答得一样。',
    different: '两个版本答得不一样。',
    heard: (title: string) => `听成：${title}`,
    details: '为什么这样答',
    intents: '意思',
    acts: '说法',
    readings: '各种读法（有多大把握 / 至少要）',
    decides: '就按这个答',
    byIntent: '没有哪种读法够把握，按意思答。',
  },

  versions: {
    title: '版本',
    explain: '教过的句子，训练成新版本、发布以后才起作用。训练要十几分钟，在后台慢慢做，不耽误客户。',
    live: (number: number) => `正在回答客户的：${number > 0 ? `第 ${number} 版` : '安装时的版本'}`,
    since: (who: string, when: string) => `${who} ${when} 换上`,
    train: '训练一个新版本',
    asked: '开始训练了。可以离开这一页。',
    waiting: (count: number) => `最新一版之后改了 ${count} 句`,
    nothingWaits: '最新一版之后没有改过句子。',
    list: '全部版本',
    none: '还没有训练过。',
    number: (number: number) => `第 ${number} 版`,
    status: STATUS,
    comparing: '正在和现在的版本比较',
    failed: (reason: string) => FAILED[reason] ?? reason,
    sentences: (count: number) => `教过 ${count} 句`,
    isLive: '正在用',
    report: '看报告',
    publish: '发布',
    back: '回到这一版',
    backToInstalled: '回到安装时的版本',
    cancel: '取消训练',
    published: (number: number) =>
      `换成${number > 0 ? `第 ${number} 版` : '安装时的版本'}了，几秒钟内全部生效。`,
    worse: '不如现在的版本',
    confirmTitle: (number: number) => `发布第 ${number} 版`,
    confirm: '客户从下一句话起就由它回答。不对劲，随时一键换回去。',
    refused: '这个版本有的地方不如现在的：',
    why: '一定要发布，请写明原因（会记在操作记录里）',
    anyway: '仍然发布',
    history: '谁换过版本',
    change: (who: string, number: number) =>
      `${who} 换成${number > 0 ? `第 ${number} 版` : '安装时的版本'}`,
    because: (reason: string) => `原因：${reason}`,
    removed: '（不再教）',
    regression: ({ kind, count }: Regression, title: string) =>
      kind === 'must_stay'
        ? `${count} 句必须听懂的话听错了`
        : kind === 'watched'
          ? `“${title}”多漏了 ${count} 句`
          : kind === 'inside'
            ? `我们的业务，多听错了 ${count} 句`
            : `不归我们管的话，多答错了 ${count} 句`,
  },

  report: {
    title: (number: number) => `第 ${number} 版的报告`,
    good: '没有不如现在的地方，可以发布。',
    columns: { what: '看什么', of: '一共', live: '现在', now: '新版' },
    caption: '听对的句数',
    inside: '我们的业务',
    outside: '不归我们管的（不乱答）',
    watched: (title: string) => `${title}（不能漏）`,
    taught: '您教的句子',
    mustStay: '必须一直听懂的',
    noSet: '这里没有评测句子，只比较了您教的和客户说的。',
    lost: '原来对，现在错',
    won: '原来错，现在对',
    stillWrong: '教了还是没听懂',
    missed: '必须听懂，却听错',
    real: (changed: number, of: number) => `客户最近的 ${of} 句话里，${changed} 句会听成别的意思`,
    realHint: '每句单独看，不管上文。点开“试一试”可以看两个版本各怎么答。',
    change: (from: string, to: string) => `${from} → ${to}`,
    wanted: (title: string) => `应是：${title}`,
  },
} as const;
