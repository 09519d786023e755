// Every sentence of the page itself; what the assistant says comes from the server.
import { pictureTexts } from '../shared/texts';
import type { Status } from './types';

export const texts = {
  title: 'OK钱包客服',
  human: '转人工',
  /** The words that leave the queue; the server knows them. */
  leaveQueue: '取消转人工',
  leaveQueueButton: '取消排队',
  log: '对话记录',
  messages: '消息',
  composerLabel: '输入您的问题',
  placeholder: '请输入您的问题',
  send: '发送',
  typing: '客服正在输入',
  agentTyping: (name: string | null) => `${name ?? '人工客服'}正在输入`,
  newMessages: '有新消息',
  resend: '重新发送',
  edit: '修改后再发',
  retry: '重试',
  opening: '正在连接客服',
  choices: '可以点选',
  close: '关闭',
  closePage: '关闭客服',
  speaker: { customer: '您说：', bot: '客服说：', system: '提示：' },
  agentSpeaker: (name: string | null) => `人工客服${name ? ` ${name} ` : ''}说：`,
  agent: (name: string | null) => (name ? `人工客服 ${name}` : '人工客服'),
  status: ({ speaker, place, agent }: Status) => {
    if (speaker === 'agent') return agent ? `人工客服 ${agent} 为您服务` : '人工客服为您服务';
    if (speaker === 'waiting') return place ? `正在排队，第 ${place} 位` : '正在排队';
    if (speaker === 'left_message') return '已留言，等客服回复';
    return '智能客服';
  },
  endHuman: {
    button: '结束人工',
    question: '要结束和人工客服的对话吗？之后由智能客服接着为您服务。',
    yes: '结束',
    no: '接着聊',
    failed: '没有结束成功，请再试一次。',
  },
  lost: {
    bot: '这里的会话断开了，已经重新接上。之前办到的步骤要重新开始。',
    left_message: '这里的会话断开了，已经重新接上。之前的留言客服看得到，但回复到不了这里，需要的话请重新转人工。',
    waiting: '这里的会话断开了，刚才的排队也断了。还需要人工客服，请重新转人工。',
    agent: '和人工客服的会话断开了，接下来的话客服看不到。还需要人工客服，请重新转人工。',
  },
  refused: {
    reason: '这个浏览器不让客服页面保存 Cookie，客服认不出您，所以说不上话。',
    embedded: '可以在新窗口里打开客服，或者在浏览器的设置里允许保存 Cookie，再点“重试”。',
    alone: '请在浏览器的设置里允许保存 Cookie，再点“重试”。',
    window: '在新窗口打开',
  },
  questions: '常见问题',
  copy: (what: string) => `复制 ${what}`,
  copied: '已复制',
  rateLimit: '您发得太快了。刚才的话不会丢，过一会儿会自动发出，不用重发。',
  openLater: '现在来的人太多，过一会儿会自动再试。',
  unsentMark: '未发出',
  heldMark: '稍后自动发出',
  offline: '网络已断开，连上后就能继续发消息。',
  unreachable: '暂时连接不上客服，请检查网络。',
  problem: {
    network: '没有发出去，请检查网络。',
    timeout: '等了很久没有回应，请重新发送。',
    server: '客服系统暂时没有回应，请稍后重新发送。',
    unsent: '没有发出去。',
    left: '刚才没有发出去。',
    refused: '没有发出去：浏览器不让保存 Cookie。',
  },
  picture: {
    ...pictureTexts,
    customer: '您发送的图片',
    others: '客服发送的图片',
    sending: '正在发送…',
  },
  menu: '更多',
  textSize: '文字大小',
  textSizes: { standard: '标准', large: '大', largest: '特大' },
  rating: {
    open: '评价服务',
    question: '您对这次服务满意吗？',
    asked: '请为这次服务评分。',
    scores: ['1 星，很不满意', '2 星，不满意', '3 星，一般', '4 星，满意', '5 星，很满意'],
    comment: '想说的话（可以不填）',
    submit: '提交',
    later: '以后再说',
    missing: '请先点选几颗星。',
    failed: '评价没有提交成功，请再试一次。',
  },
  step: (index: number, total: number, title: string) => `第 ${index}/${total} 步 · ${title}`,
} as const;
