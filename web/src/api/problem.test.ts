import { expect, test } from 'vitest'

import { UNEXPECTED, problemFrom } from './problem'

test('a problem document gives code, sentence, request id and fields', () => {
  const response = new Response(null, { status: 422, headers: { 'Retry-After': '2' } })
  const error = problemFrom(response, {
    code: 'invalid_request',
    title: 'Unprocessable',
    detail: 'The folder does not exist.',
    request_id: 'r1',
    errors: [{ pointer: '/path', detail: 'There is no such folder.' }, 'junk'],
  })
  expect(error).toMatchObject({
    code: 'invalid_request',
    message: 'The folder does not exist.',
    request_id: 'r1',
    status: 422,
    problems: [{ pointer: '/path', detail: 'There is no such folder.' }],
    retry_after_s: 2,
  })
})

test('an answer of somebody in between keeps its status and request id', () => {
  const response = new Response('<html>', { status: 502, statusText: 'Bad Gateway', headers: { 'X-Request-Id': 'r2' } })
  expect(problemFrom(response, '<html>')).toMatchObject({
    code: UNEXPECTED,
    message: '502 Bad Gateway',
    request_id: 'r2',
    retry_after_s: null,
  })
})

test('a wrong password says how often one may still try', () => {
  const response = new Response(null, { status: 403 })
  expect(problemFrom(response, { code: 'share_password_wrong', detail: 'No.', tries_left: 4 }).tries_left).toBe(4)
  expect(problemFrom(response, { code: 'forbidden', detail: 'No.' }).tries_left).toBeNull()
})
