import { describe, expect, it } from 'vitest'
import { holdsStandIn, withoutIdentity, withoutNames } from './identity'

const NAME = 'Canary Jane 1970'
const slide = {
  slide_id: '0192aaaa-0000-7000-8000-00000000beef', project_id: '0192', case_id: '0193', case_name: 'S24-7777', name: NAME,
  file_name: `${NAME}.svs`, label_text: 'S24-7777 A1', metadata: { 'aperio.Patient': NAME }, fields: { accession: 'S24-7777', age: 3 },
  tags: ['jane'], associated: [{ name: 'label', width: 3, height: 4 }], state: 'unreadable', stain: 'HER2', block: 'A1',
  reason: { code: 'truncated', message: `The file “${NAME}.svs” ends too early.` }, channels: [{ index: 0, name: 'DAPI' }], width: 100,
}

describe('without identity', () => {
  it('an answer says nothing of the patient and keeps the rest', () => {
    const said = withoutIdentity({ items: [slide], total: 1 })
    expect(JSON.stringify(said)).not.toMatch(/Canary|Jane|7777|jane/)
    expect(said).toMatchObject({
      total: 1,
      items: [{ slide_id: slide.slide_id, name: 'Slide BEEF', stain: 'HER2', block: 'A1', width: 100, associated: [], metadata: {}, fields: {}, channels: [{ name: 'DAPI' }] }],
    })
  })

  it('projects, cases, folders and uploads have stand-ins, too', () => {
    const said = withoutIdentity([
      { project_id: 'aaaa1111', name: 'Doe, John', parent_id: null },
      { case_id: 'bbbb2222', project_id: 'aaaa1111', name: 'S24-0815', slides: [slide], fields: {} },
      { root_id: 'cccc3333', project_id: 'aaaa1111', path: '/data/Doe, John' },
      { upload_id: 'dddd4444', file_name: 'doe.svs' },
      { attachment_id: 'eeee5555', slide_id: slide.slide_id, name: 'report of Doe.pdf' },
    ])
    expect(JSON.stringify(said)).not.toMatch(/Doe|doe|0815/)
    expect(said).toMatchObject([{ name: 'Project 1111' }, { name: 'Case 2222' }, { path: 'Folder 3333' }, {}, { name: 'Attachment 5555' }])
  })

  it('takes names it has met out of what people wrote', () => {
    withoutIdentity(slide)
    expect(withoutNames(`Ask about ${NAME}`)).toBe('Ask about …')
    expect(withoutIdentity({ bookmark_id: 'b', slide_id: 's', name: 'mitosis', note: `of ${NAME}` })).toMatchObject({ name: 'mitosis', note: 'of …' })
    expect(withoutIdentity({ code: 'not_found', detail: `No ${NAME}.svs here` })).toMatchObject({ detail: 'No … here' })
  })

  it('knows a stand-in that would be written as a name', () => {
    withoutIdentity(slide)
    expect(holdsStandIn(JSON.stringify({ name: 'Slide BEEF' }))).toBe(true)
    expect(holdsStandIn(JSON.stringify({ name: 'Slide BEEF2' }))).toBe(false)
  })

  it('leaves lists of rules and numbers as they are', () => {
    expect(withoutIdentity({ fields: [{ key: 'a', label: 'Age' }], case: 3 })).toEqual({ fields: [{ key: 'a', label: 'Age' }], case: 3 })
  })
})
