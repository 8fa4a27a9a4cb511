import { describe, expect, it } from 'vitest'

import { type Chosen, groupFiles } from './groups'

function chosen(...paths: string[]): Chosen[] {
  return paths.map((path) => ({ path, file: new File(['x'], path, { lastModified: 5 }) }))
}

function shape(...paths: string[]): Record<string, string[]> {
  const { groups } = groupFiles(chosen(...paths))
  return Object.fromEntries(groups.map((one) => [one.name, one.files.map(({ path }) => path)]))
}

describe('files that are one slide', () => {
  it('takes a file alone, without the folders above it', () => {
    expect(shape('day/a.svs', 'b.ndpi')).toEqual({ 'a.svs': ['a.svs'], 'b.ndpi': ['b.ndpi'] })
  })

  it('takes an MRXS and a VSI with their folders', () => {
    expect(shape('d/a.mrxs', 'd/a/Slidedat.ini', 'd/a/Data0.dat', 'v.vsi', '_v_/stack1/frame.ets')).toEqual({
      'a.mrxs': ['a.mrxs', 'a/Slidedat.ini', 'a/Data0.dat'],
      'v.vsi': ['v.vsi', '_v_/stack1/frame.ets'],
    })
  })

  it('takes a series and a Zarr by their folder', () => {
    expect(shape('x/s/1.dcm', 'x/s/2.dcm', 'z/b.ome.zarr/.zattrs', 'z/b.ome.zarr/0/0')).toEqual({
      'b.ome.zarr': ['b.ome.zarr/.zattrs', 'b.ome.zarr/0/0'],
      s: ['s/1.dcm', 's/2.dcm'],
    })
    expect(shape('1.dcm', '2.dcm')).toEqual({ DICOM: ['DICOM/1.dcm', 'DICOM/2.dcm'] })
  })

  it('leaves out what is no slide', () => {
    expect(groupFiles(chosen('a.svs', 'notes.txt', '.DS_Store', 'Thumbs.db')).skipped).toEqual([
      'notes.txt',
      '.DS_Store',
      'Thumbs.db',
    ])
  })

  it('names the same files by the same key, and other files by another', () => {
    const key = (...paths: string[]): string | undefined => groupFiles(chosen(...paths)).groups[0]?.key
    expect(key('a.svs')).toBe(key('deep/a.svs'))
    expect(key('a.svs')).not.toBe(key('b.svs'))
  })
})
