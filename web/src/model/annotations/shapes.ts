/** Geometry of drawn shapes. Everything is in level-0 pixels and pure. */
export { bounds, contains, distance, fromPolygons, hit, isArea, overlaps, paths, toPolygons, type Box, type Path } from './outline'
export { area, centroid, labelPoint, length, perimeter } from './sizes'
export { boxMiddle, mapPoints, rotate, roundGeometry, scale, simplify, translate } from './reshape'
export { deleteVertex, insertVertex, moveVertex, nearestOnOutline, vertices, type Vertex, type VertexPath } from './vertices'
export { buffer } from './grow'
