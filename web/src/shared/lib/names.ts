/** Resource names: `users/{user}/conversations/{conversation}/messages/{message}`. */

/** Returns the name of the user that a resource belongs to. */
export function userOf(name: string): string {
  return name.split('/').slice(0, 2).join('/')
}

/** Returns the name of a user's conversation. */
export function conversationName(user: string, id: string): string {
  return `${user}/conversations/${id}`
}

/** Returns the name of the conversation that a message belongs to. */
export function conversationOfMessage(name: string): string {
  return name.split('/').slice(0, 4).join('/')
}

/** Returns the last id of a name. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}
