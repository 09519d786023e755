// Every sentence of the page itself; what the assistant says comes from the server.

export const texts = {
  title: 'OK钱包客服',
  subtitle: '智能客服，随时可转人工',
  human: '转人工',
  log: '对话记录',
  messages: '消息',
  composerLabel: '输入您的问题',
  placeholder: '请输入您的问题',
  send: '发送',
  typing: '客服正在输入',
  newMessages: '有新消息',
  resend: '重新发送',
  edit: '修改后再发',
  retry: '重试',
  opening: '正在连接客服',
  choices: '可以点选',
  speaker: { customer: '您说：', bot: '客服说：', agent: '人工客服说：', system: '提示：' },
  agent: '人工客服',
  offline: '网络已断开，连上后就能继续发消息。',
  unreachable: '暂时连接不上客服，请检查网络。',
  problem: {
    network: '没有发出去，请检查网络。',
    timeout: '等了很久没有回应，请重新发送。',
    server: '客服系统暂时没有回应，请稍后重新发送。',
  },
  step: (index: number, total: number, title: string) => `第 ${index}/${total} 步 · ${title}`,
} as const;
