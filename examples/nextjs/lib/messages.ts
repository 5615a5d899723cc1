export interface ToClient {
  type: 'chat'
  id: string
  from: string
  text: string
}

export interface ToServer {
  type: 'chat'
  text: string
}
