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
  not_understood: '没听懂、答不上',
  unhelpful: '评价差',
  handed_over: '答了还要人工',
  needless: '客服说不用转人工',
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
};

const span = ({ least, most }: { least: number; most: number }) =>
  least === most ? `${least}` : `${least} 到 ${most}`;

const percent = (part: number, of: number) => (of > 0 ? `${((100 * part) / of).toFixed(1)}%` : '–');

export const texts = {
  close: '关闭',
  search: '搜索',
  choose: '选一个主题',
  choosePlaceholder: '选主题，或输入名称',
  saving: '正在保存…',
  noIntent: '没有这个主题',
  undo: '撤销',
  undone: '已撤销。',
  percent,

  sentences: {
    title: '句子',
    explain: '助手没答好的话，相近的放在一组。告诉它这些话问的是什么：点一个主题，或者写个新话题。教完去“版本”里训练，发布以后起作用。号码、密码已经遮住。',
    tabs: '看哪些句子',
    todo: '没答好的',
    taught: '教过的',
    days: '时间范围',
    lastDays: (days: number) => (days === 1 ? '最近一天' : `最近 ${days} 天`),
    nothing: '这段时间没有没答好的话。可以把时间范围选长一些。',
    counted: (count: number, groups: number) => `${count} 句话，${groups} 组。`,
    answered: (answer: string) => `助手答：${answer}`,
    helped: (summary: string) => `客服的小结：${summary}`,
    group: (count: number) => (count === 1 ? '1 句话' : `${count} 句相近的话`),
    times: (count: number) => `${count} 次`,
    why: WHY,
    guesses: '可能是问：',
    noGuess: '问的是什么？',
    recent: '刚教过：',
    other: '选其他主题',
    outside: '不归我们管',
    newTopic: '新话题…',
    dismiss: '不用教',
    dismissHint: '不是问题，或者看不出在问什么：收起来，不学',
    dismissed: (count: number) => `${count} 句收起来了，不教。`,
    toTrain: '教完了，去训练',
    look: '看学过的相近的话',
    hide: '收起学过的话',
    pickSome: '请至少勾选一句。',
    learnt: (count: number, title: string) => `${count} 句已教成“${title}”，训练并发布以后起作用。`,
    made: (title: string) => `话题“${title}”已写好，训练并发布以后起作用。`,
    moved: (count: number, title: string) => `${count} 句已移到“${title}”，训练并发布以后起作用。`,
  },

  near: {
    explain:
      '助手以前学过的相近的话，按学成的意思排。意思和您要教的一样、却学成了别的（多半是“不归我们管”），就会打架，教了也听不懂：勾上，一起移过来。',
    claimed: (word: string, count: number) =>
      `“${word}”：助手学过 ${count} 句带这个词的话，都学成了“不归我们管”。不移过来，客户这样问多半还是答不上。`,
    showAll: (count: number) => `列出带这个词的话（${count} 句在“不归我们管”）`,
    loading: '正在找…第一次要半分钟左右。',
    nothing: '没有相近的话。',
    words: '按字找',
    of: (title: string, count: number) => `${title}（${count} 句）`,
    all: '全选',
    taught: '您教的',
    move: (count: number) => `把勾选的 ${count} 句移到`,
    along: (count: number) => `其中 ${count} 句是一起移过来的。`,
  },

  topic: {
    title: '新话题',
    explain: '写好就存进内容里，以后在“内容”里改。训练并发布了新版本，客户才问得到。',
    name: '名称',
    nameHint: '客户在建议和按钮上看到的，比如“开发票”',
    category: '转人工时的类别',
    categoryHint: '客户问到这里又要找真人时，工单归到这一类',
    chooseCategory: '请选一类',
    answer: '答案',
    answerHint: '只写公司确认过的话',
    examples: '客户会怎么问（一行一句）',
    along: '助手学过的相近的话',
    few: (count: number) =>
      count < 40
        ? `现在有 ${count} 句。四十句以上才稳：换着说法多写几句，或者在上面勾一些。`
        : `现在有 ${count} 句，够了。`,
    save: '写好这个话题',
  },

  taught: {
    explain:
      '您和同事教的句子，训练并发布以后起作用。要紧的句子可以标成“必须一直听懂”：它不用来学，只用来检查，新版本听错一句就不能直接发布。',
    add: '加一句',
    sentence: '客户的话',
    meaning: '问的是什么',
    means: (title: string) => `问的是：${title}`,
    uses: { taught: '教它听懂', mustStay: '必须一直听懂（每个新版本都检查）' },
    must: '必须一直听懂',
    mustTitle: '必须一直听懂的句子',
    taughtTitle: '教过的例句',
    teachIt: '加上',
    against: (title: string) => `最相近的话都学成了“${title}”`,
    againstExplain: (text: string, wanted: string) =>
      `“${text}”要教成“${wanted}”，可是助手学过的最相近的话都是别的意思，这样教会打架：`,
    allTheSame: (title: string) => `还是教成“${title}”`,
    asTheOthers: (title: string) => `教成“${title}”`,
    drop: (text: string) => `不要“${text}”`,
    dropShort: '不要了',
    dropped: '已去掉。',
    added: (text: string, title: string, taught: boolean) =>
      taught ? `“${text}”已教成“${title}”，训练并发布以后起作用。` : `“${text}”必须一直听成“${title}”。`,
    guarded: '记下了：每个新版本都会检查这一句。',
    nothing: '还没有。',
    filter: '在下面找（输入几个字）',
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
    waiting: '正在算…第一次要半分钟左右。',
    alone: '还没有训练过新版本，现在只有正在回答客户的这一个。训练以后，这里左右对比。',
    again: '重新开始',
    said: '客户',
    silent: '（没有说话）',
    same: '两个版本答得一样。',
    different: '两个版本答得不一样。',
    heard: (title: string) => `听成：${title}`,
    details: '为什么这样答',
    engineers: '给工程师的',
    intents: '意思',
    acts: '说法',
    readings: '各种读法（有多大把握 / 至少要）',
    decides: '就按这个答',
    byIntent: '没有哪种读法够把握，按意思答。',
  },

  versions: {
    title: '版本',
    explain: '三步：训练一个新版本（在后台，通常几分钟到十几分钟，机器忙就久一些，不耽误客户），看报告，发布。不对劲，随时换回去。改“内容”不用训练，保存就生效。',
    live: (number: number) => `正在回答客户的：${number > 0 ? `第 ${number} 版` : '安装时的版本'}`,
    since: (who: string, when: string) => `${who} ${when} 换上`,
    train: '训练一个新版本',
    installed: '这是工程师装好的，您还没有换成自己训练的版本。',
    asked: '开始训练了。可以离开这一页，过一会儿回来看报告。',
    waiting: (count: number) => `教了、还没训练的：${count} 句（点开看）`,
    nothingWaits: '没有教了还没训练的句子，现在不用训练。',
    toSentences: '去教句子',
    underWay: (minutes: number, usual: { least: number; most: number } | null) =>
      `已经 ${minutes} 分钟，${usual ? `前几次用了 ${span(usual)} 分钟` : '通常几分钟到十几分钟，机器忙就久一些'}。可以离开这一页。`,
    took: (minutes: number) => (minutes > 0 ? `用了 ${minutes} 分钟` : '用了不到一分钟'),
    done: '训练好了。先看报告，再决定发布不发布。',
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
    cancelTitle: (number: number) => `取消第 ${number} 版的训练吗？`,
    cancelExplain: (minutes: number) =>
      `已经训练了 ${minutes} 分钟，取消就没有了，以后要从头再来。教过的句子都还在。`,
    goOn: '接着训练',
    cancelled: '已取消',
    cancelledBy: (who: string, minutes: number) =>
      `已取消${who ? `（${who}）` : ''}，那时训练了 ${minutes} 分钟。教过的句子都还在。`,
    published: (number: number) =>
      `换成${number > 0 ? `第 ${number} 版` : '安装时的版本'}了，几秒钟内全部生效。`,
    worse: '有的地方不如现在的',
    confirmTitle: (number: number) => `发布第 ${number} 版`,
    confirm: '客户从下一句话起就由它回答。不对劲，随时一键换回去。',
    refused: '这个版本有的地方不如现在的：',
    why: '一定要发布，请写明原因（会记在操作记录里）',
    anyway: '仍然发布',
    history: '谁换过版本',
    noHistory: '还没有换过。',
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
            : kind === 'outside'
              ? `不归我们管的话，多答错了 ${count} 句`
              : `测试对话，多答坏了 ${count} 段`,
  },

  report: {
    title: (number: number) => `第 ${number} 版的报告`,
    good: '没有不如现在的地方，可以发布。',
    columns: { what: '拿什么比', of: '一共', live: '现在对', now: '新版对' },
    caption: '同样的话，现在的版本和新版各对几句',
    inside: '我们的业务',
    outside: '不归我们管的（不乱答）',
    watched: (title: string) => `${title}（不能漏）`,
    taught: '您教的句子',
    mustStay: '必须一直听懂的',
    conversations: '测试对话（整段都答对）',
    unfit: (files: number) =>
      `${files} 个测试对话的文件和现在的内容对不上（比如改了步数），没有比，请工程师改一改。`,
    talksLost: '测试对话：原来对，现在错',
    talksWon: '测试对话：原来错，现在对',
    customer: (said: string) => `客户：${said}`,
    wrongly: (answer: string, reason: string) => `答错的：${answer}（${reason}）`,
    rightly: (answer: string) => `答对的：${answer}`,
    silent: '（没有回答）',
    noSet: '这里没有评测句子，只比较了您教的和客户说的。',
    lost: '原来对，现在错',
    won: '原来错，现在对',
    stillWrong: '教了还是没听懂',
    missed: '必须听懂，却听错',
    real: (changed: number, of: number) =>
      of > 0 ? `客户最近的 ${of} 句话里，${changed} 句的回答会变` : '还没有客户的话可以比。',
    realHint: '从头到尾照原来的对话再答一遍。变了不一定是坏事：点“看怎么答”，两个版本各答一遍。',
    sameMeaning: (title: string) => `都听成“${title}”，答法不同`,
    tryIt: '看怎么答',
    change: (from: string, to: string) => `${from} → ${to}`,
    wanted: (title: string) => `应是：${title}`,
  },
} as const;
